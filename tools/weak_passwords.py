"""Write the list of weak passwords that ships with Coverslip, from the patterns below.

``python tools/weak_passwords.py`` writes it; a test compares it with what lies in the package.
The patterns are those that every published study of leaked passwords finds first: a few words in a
few languages, names, teams, cars, months and seasons, runs on the keyboard, words of the house. Only
what an attacker would *begin* with stands here; capitals, substitutions, years, digits behind and
repetitions are rules in ``features/identity/strength.py`` and need no entries.
"""

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/coverslip/features/identity/weak_passwords.txt.gz"

# The order is the order in which they are tried.
FIRST = """
password 123456 12345678 123456789 12345 1234567890 1234567 qwerty abc123 password1 111111 123123 admin letmein
welcome monkey dragon iloveyou sunshine princess football baseball master login passw0rd shadow superman batman
trustno1 hello freedom whatever qazwsx michael jennifer hunter charlie killer jordan secret summer winter spring
autumn love lovely flower computer internet access starwars pokemon cheese ginger pepper cookie banana orange apple
chocolate butterfly purple angel soccer hockey basketball tennis ranger yankees cowboys liverpool arsenal chelsea
barcelona realmadrid juventus bayern dortmund mustang ferrari porsche mercedes corvette camaro harley yamaha honda
toyota changeme default guest root user test testing tester temp temporary demo sample example public private
administrator adminadmin passwort kennwort hallo schatz geheim sommer fruehling herbst motdepasse bonjour azerty
soleil doudou loulou chouchou contrasena hola amor teamo mexico senha brasil ciao juventus napoli parola wachtwoord
welkom haslo polska kochanie salasana losenord lozenord adgangskode fodbold parol privet natasha qwertz asdfgh
asdfghjkl zxcvbnm qwertyuiop 1q2w3e4r 1qaz2wsx zaq12wsx q1w2e3r4 654321 666666 777777 888888 000000 121212 112233
123321 159753 987654321 147258369 11111111 12341234 aaaaaa asdasd qweqwe zxczxc abcabc abcdef abcd1234 a1b2c3d4
correcthorsebatterystaple correct horse battery staple openup opensesame sesame letmeinnow iamgod god jesus christ
heaven angels blessed family mother father sister brother daddy mommy mama papa baby babygirl sweetheart honey
sweety cutie beautiful gorgeous pretty friend friends forever together lover kisses hearts
"""

HOUSE = """
coverslip pathology pathologist histology cytology microscope microscopy slide slides slidescanner scanner biopsy
tissue hospital clinic clinical laboratory laborlab labor patient patients doctor nurse medicine medical surgeon
oncology cancer tumor tumour carcinoma melanoma nucleus nuclei stain haematoxylin hematoxylin eosin immuno
diagnosis diagnostic specimen autopsy krankenhaus klinik pathologie arzt patient medizin hopital medecin hospital
clinica medico institute university campus research science department server database system service support
helpdesk network office company business manager director secretary student teacher professor school college
omero openslide qupath imagej digital aperio hamamatsu leica zeiss olympus roche ventana philips
"""

NAMES = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald
steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary nicholas
eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick frank raymond jack dennis
jerry tyler aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy walter christian keith roger
terry austin sean gerald carl harold dylan arthur lawrence jordan jesse bryan billy bruce gabriel joe logan alan juan
albert willie elijah wayne randy vincent mason roy ralph bobby russell bradley philip eugene mary patricia jennifer
linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily donna
michelle carol amanda melissa deborah stephanie dorothy rebecca sharon laura cynthia amy kathleen angela shirley
brenda emma anna pamela nicole samantha katherine christine helen debra rachel carolyn janet maria catherine heather
diane olivia julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith andrea hannah megan cheryl
jacqueline martha madison teresa gloria sara janice ann kathryn abigail sophia frances jean alice judy isabella julia
grace amber denise danielle marilyn beverly charlotte natalie theresa diana brittany doris kayla alexis lori marie
hans peter klaus wolfgang juergen michael stefan andreas thomas markus sebastian florian tobias sabine petra monika
claudia susanne julia katharina ursula heike jan kees pieter willem marieke sanne pierre jean michel philippe nicolas
julien camille chloe manon lucas leo louis carlos manuel antonio francisco javier miguel alejandro diego carmen lucia
paula mario luigi giovanni giuseppe francesco marco andrea alessandro giulia chiara sofia piotr krzysztof agnieszka
katarzyna tomasz ivan sergey dmitry alexei natalia olga tatiana svetlana lars erik anders ingrid astrid mehmet ahmet
mustafa fatma ayse mohamed ahmed ali hassan fatima omar ibrahim wei ming yuki hiroshi sakura kim lee park nguyen
raj kumar priya sanjay anil sunil deepak singh patel sharma
"""

TIMES = """
january february march april may june july august september october november december monday tuesday wednesday
thursday friday saturday sunday januar februar maerz april mai juni juli august oktober dezember montag dienstag
mittwoch donnerstag freitag samstag sonntag janvier fevrier mars avril juin juillet aout septembre octobre novembre
decembre lundi mardi mercredi jeudi vendredi samedi dimanche enero febrero marzo mayo junio julio agosto septiembre
octubre noviembre diciembre lunes martes miercoles jueves viernes sabado domingo gennaio febbraio aprile maggio giugno
luglio settembre ottobre novembre dicembre morning evening midnight birthday christmas easter halloween weekend holiday
vacation newyear today tomorrow yesterday always never
"""

THINGS = """
tiger lion eagle falcon panther cougar jaguar leopard bear wolf wolves fox rabbit bunny kitty kitten puppy doggie
dolphin shark whale turtle snake spider scorpion phoenix unicorn pegasus horse pony donkey chicken rooster duck
penguin panda koala kangaroo elephant giraffe zebra hippo rhino gorilla monkey1 max buddy bailey molly maggie daisy
lucky shadow rocky bella luna coco oscar simba nala milo toby sammy sparky snoopy garfield mickey minnie donald pluto
goofy bambi tarzan shrek spiderman ironman captain america avengers hulk thor wolverine deadpool joker matrix
terminator predator gandalf frodo bilbo hobbit mordor legolas aragorn hogwarts harrypotter potter hermione dumbledore
voldemort skywalker vader yoda chewbacca startrek spock enterprise zelda mario sonic pikachu naruto sasuke goku
dragonball minecraft fortnite warcraft starcraft diablo counterstrike halo xbox nintendo playstation google facebook
twitter instagram youtube amazon microsoft windows linux ubuntu apple samsung android iphone nokia sony dell lenovo
london paris berlin munich hamburg vienna zurich geneva madrid barcelona lisbon rome milan venice amsterdam brussels
copenhagen stockholm oslo helsinki warsaw prague budapest athens istanbul moscow kiev dublin edinburgh glasgow
manchester birmingham newyork boston chicago dallas houston denver seattle portland phoenix atlanta miami orlando
detroit toronto montreal vancouver sydney melbourne brisbane auckland tokyo osaka kyoto beijing shanghai hongkong
singapore bangkok delhi mumbai england scotland ireland france germany austria switzerland holland belgium denmark
sweden norway finland poland russia ukraine turkey greece italy spain portugal brazil argentina chile colombia canada
australia newzealand japan china india africa europe america
red blue green yellow black white silver golden gold pink violet grey brown crimson scarlet azure
diamond ruby emerald sapphire pearl crystal platinum titanium steel iron copper bronze
rainbow sunset sunrise moonlight starlight stardust galaxy universe planet earth saturn jupiter mercury venus neptune
thunder lightning storm hurricane tornado tsunami volcano mountain river ocean island forest desert garden meadow
rose lily tulip orchid jasmine lavender violet cherry strawberry raspberry blueberry peach mango lemon lime melon
coffee espresso cappuccino whiskey vodka tequila champagne guinness heineken budweiser pizza pasta burger sandwich
bacon steak butter sugar spicy candy lollipop popcorn peanut pickle pumpkin tomato potato
guitar piano drummer violin music metallica nirvana eminem beatles queen slayer slipknot rammstein madonna rihanna
beyonce shakira coldplay radiohead greenday blink182 acdc ironmaiden
fender gibson marlboro corona asshole bastard bitch fuckyou fuckoff bullshit damn sexy biteme kissme loveme hateme
killme helpme
player gamer hacker cracker ninja samurai pirate viking warrior knight wizard witch vampire zombie demon devil satan
lucifer angel1 saint legend hero champion winner loser boss chief king queen prince princess1 duke baron lord lady
superstar rockstar gangster playboy cowboy soldier marine sniper assassin killer1 terminator1 destroyer
money dollar euro cash rich million billion lottery casino poker blackjack jackpot fortune lucky7 happy happiness
smile laugh funny crazy awesome amazing fantastic perfect excellent wonderful incredible forever21 nothing something
everything anything nobody somebody everybody anybody thankyou please sorry goodbye goodluck goodday
letmein1 openthedoor imissyou iloveu ihateyou ihatethis ilikeyou lovelove loveyou myself mylove mylife mybaby
thisismypassword thisisapassword mypassword newpassword oldpassword yourpassword nopassword passwordpassword
passphrase pass pass1234 passe passion access14 account entrance security secure secured safe protect unlock
"""

SUFFIXED = (
    "password",
    "passwort",
    "motdepasse",
    "contrasena",
    "wachtwoord",
    "welcome",
    "admin",
    "administrator",
    "letmein",
    "qwerty",
    "pathology",
    "hospital",
)
SUFFIXES = ("1", "12", "123", "1234", "12345", "123456", "!", "1!", "123!", "01", "007", "69", "99", "00")
QUERTY_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
)


def words() -> list[str]:
    """Return the list, the commonest first, each once."""
    found = (
        *FIRST.split(),
        *HOUSE.split(),
        *NAMES.split(),
        *TIMES.split(),
        *THINGS.split(),
        *(word + suffix for word in SUFFIXED for suffix in SUFFIXES),
        *_columns(),
        *_repeated(),
        *_dates(),
    )
    return list(dict.fromkeys(found))


def _columns() -> Iterator[str]:
    """Give what fingers do between the rows of a keyboard: 1qaz2wsx, qawsed, 1q2w3e."""
    for upper, lower in itertools.pairwise(QUERTY_ROWS[:4]):
        for first in range(6):
            for length in (3, 4, 5):
                pairs = list(zip(upper[first : first + length], lower[first : first + length], strict=False))
                yield "".join(one + other for one, other in pairs)
                yield "".join(other + one for one, other in pairs)
    columns = ["1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"]
    for first in range(len(columns)):
        for length in (1, 2, 3):
            yield "".join(columns[first : first + length])
            yield "".join(column[::-1] for column in columns[first : first + length])


def _repeated() -> Iterator[str]:
    for one in "0123456789abcdefghijklmnopqrstuvwxyz":
        yield from (one * length for length in (3, 4, 6, 8))
    for one, other in itertools.product("0123456789", repeat=2):
        yield f"{one}{other}" * 2
        yield f"{one}{other}" * 3
        yield f"{one}{one}{other}{other}"


def _dates() -> Iterator[str]:
    for month in range(1, 13):
        for day in range(1, 32):
            yield f"{day:02}{month:02}"
            yield f"{month:02}{day:02}"


def packed() -> bytes:
    """Return the file: the same bytes for the same list."""
    return gzip.compress("\n".join(words()).encode(), 9, mtime=0)


def main() -> None:
    TARGET.write_bytes(packed())
    print(f"{len(words())} words, {len(packed())} bytes")


if __name__ == "__main__":
    main()
