"""The field's words for stains: what people write, the name that is kept, and its kind. Pure.

Whatever is not in the table stays as it was written; its kind is then ``other``.
"""

import re
from enum import StrEnum
from typing import Final

from coverslip.features.slides.words import fold


class StainKind(StrEnum):
    """What sort of stain it is; lists stand in this order."""

    HE = "he"
    SPECIAL = "special"
    IHC = "ihc"
    IF = "if"
    OTHER = "other"


_HE: Final = {
    "H&E": "he hande haematoxylineosin hematoxylineosin haematoxylinandeosin hematoxylinandeosin haematoxylinundeosin",
    "HES": "hes hps",
    "H&E frozen": "hefs hefrozen frozenhe",
}
_SPECIAL: Final = {
    "PAS": "pas periodicacidschiff",
    "PAS-D": "pasd pasdiastase dpas",
    "PASM": "pasm jones jonessilver methenaminesilver",
    "Alcian blue": "alcianblue alcian ab",
    "AB-PAS": "abpas alcianbluepas",
    "Masson trichrome": "massontrichrome masson trichrome mt tri goldner massongoldner ladewig",
    "Elastica van Gieson": "elasticavangieson evg vvg verhoeff elastica",
    "van Gieson": "vangieson vg",
    "Sirius red": "siriusred picrosirius psr",
    "Reticulin": "reticulin retic gomori gordonsweet gordonandsweet",
    "Gomori methenamine silver": "gms grocott",
    "Giemsa": "giemsa",
    "Gram": "gram",
    "Ziehl-Neelsen": "ziehlneelsen zn afb fite",
    "Prussian blue": "prussianblue perls iron berlinblue berlinerblau fe",
    "Congo red": "congored congo kongorot",
    "Mucicarmine": "mucicarmine",
    "Oil red O": "oilredo oro",
    "Toluidine blue": "toluidineblue tb",
    "Luxol fast blue": "luxolfastblue lfb kluverbarrera",
    "Bielschowsky": "bielschowsky",
    "Fontana-Masson": "fontanamasson fontana",
    "von Kossa": "vonkossa",
    "Warthin-Starry": "warthinstarry steiner",
    "Papanicolaou": "papanicolaou pap",
    "Diff-Quik": "diffquik mgg maygrunwaldgiemsa",
    "Movat pentachrome": "movat movatpentachrome pentachrome",
    "PTAH": "ptah",
    "Nissl": "nissl cresylviolet",
}
_IHC: Final = {
    "Ki-67": "ki67 mib1",
    "HER2": "her2 her2neu erbb2 cerbb2 herceptest",
    "ER": "er esr1 estrogenreceptor oestrogenreceptor era",
    "PR": "pr pgr progesteronereceptor",
    "AR": "ar androgenreceptor",
    "PD-L1": "pdl1 22c3 sp142 sp263 288",
    "PD-1": "pd1",
    "p16": "p16 p16ink4a cintec",
    "p21": "p21",
    "p27": "p27",
    "p40": "p40",
    "p53": "p53 tp53",
    "p63": "p63",
    "p504S": "p504s amacr racemase",
    "PIN cocktail": "pin4 pincocktail",
    "PSA": "psa",
    "PSAP": "psap",
    "NKX3.1": "nkx31",
    "ERG": "erg",
    "PTEN": "pten",
    "MLH1": "mlh1",
    "MSH2": "msh2",
    "MSH6": "msh6",
    "PMS2": "pms2",
    "AE1/AE3": "ae1ae3 panck pancytokeratin pankeratin ckpan keratin",
    "CK5/6": "ck56",
    "CK5/14": "ck514",
    "CK7": "ck7",
    "CK8/18": "ck818 cam52",
    "CK14": "ck14",
    "CK19": "ck19",
    "CK20": "ck20",
    "CK HMW": "34be12 ckhmw hmwck",
    "EMA": "ema",
    "E-cadherin": "ecadherin ecad cdh1",
    "Beta-catenin": "betacatenin bcatenin",
    "Vimentin": "vimentin vim",
    "Desmin": "desmin des",
    "SMA": "sma alphasma asma smoothmuscleactin",
    "Caldesmon": "caldesmon hcaldesmon",
    "Calponin": "calponin",
    "Myogenin": "myogenin myf4",
    "MyoD1": "myod1",
    "S100": "s100 s100b",
    "SOX10": "sox10",
    "SOX11": "sox11",
    "Melan-A": "melana mart1 a103",
    "HMB-45": "hmb45",
    "PRAME": "prame",
    "Tyrosinase": "tyrosinase",
    "MITF": "mitf",
    "BRAF V600E": "brafv600e braf ve1",
    "ALK": "alk alkd5f3 d5f3",
    "ROS1": "ros1",
    "TTF-1": "ttf1 nkx21",
    "Napsin A": "napsina napsin",
    "GATA3": "gata3",
    "GCDFP-15": "gcdfp15",
    "Mammaglobin": "mammaglobin",
    "TRPS1": "trps1",
    "PAX5": "pax5",
    "PAX8": "pax8",
    "WT1": "wt1",
    "CDX2": "cdx2",
    "SATB2": "satb2",
    "HepPar-1": "heppar1 hepar1 hsa",
    "Arginase-1": "arginase1 arg1",
    "Glypican-3": "glypican3 gpc3",
    "AFP": "afp",
    "CEA": "cea",
    "CA-125": "ca125",
    "Calretinin": "calretinin",
    "D2-40": "d240 podoplanin",
    "BAP1": "bap1",
    "MTAP": "mtap",
    "Chromogranin A": "chromogranina chromogranin chra cga",
    "Synaptophysin": "synaptophysin syn syp",
    "INSM1": "insm1",
    "NSE": "nse",
    "GFAP": "gfap",
    "IDH1 R132H": "idh1r132h idh1 h09",
    "ATRX": "atrx",
    "Olig2": "olig2",
    "NeuN": "neun",
    "H3 K27M": "h3k27m",
    "INI1": "ini1 smarcb1",
    "BRG1": "brg1 smarca4",
    "BCL2": "bcl2",
    "BCL6": "bcl6",
    "c-MYC": "cmyc myc",
    "Cyclin D1": "cyclind1 ccnd1",
    "MUM1": "mum1 irf4",
    "TdT": "tdt",
    "Kappa": "kappa",
    "Lambda": "lambda",
    "IgG": "igg",
    "IgG4": "igg4",
    "IgM": "igm",
    "IgA": "iga",
    "FOXP3": "foxp3",
    "Granzyme B": "granzymeb grb gzmb",
    "MPO": "mpo myeloperoxidase",
    "DOG1": "dog1",
    "c-KIT": "ckit kit",
    "SDHB": "sdhb",
    "STAT6": "stat6",
    "MDM2": "mdm2",
    "CDK4": "cdk4",
    "Factor VIII": "factorviii fviii vwf",
    "HHV-8": "hhv8",
    "HPV": "hpv",
    "EBV": "ebv lmp1",
    "CMV": "cmv",
    "HSV": "hsv",
    "H. pylori": "hpylori helicobacter hp",
    "pHH3": "phh3",
    "Claudin 18.2": "claudin182 cldn182",
    "Tryptase": "tryptase",
    "C4d": "c4d",
}
_IF: Final = {
    "DAPI": "dapi",
    "EBER ISH": "eber eberish",
    "HER2 FISH": "her2fish fishher2",
    "HER2 DISH": "her2dish her2ddish her2sish dish",
    "FISH": "fish",
    "Immunofluorescence": "immunofluorescence mif multiplexif",
}
_CD: Final = re.compile(r"cd(\d{1,3}[a-z]?)")
_LEVEL: Final = re.compile(r"[\s_\-(]+(?:l(?:evel)?\s?)?\d{1,2}\)?$", re.IGNORECASE)


def _table() -> dict[str, tuple[str, StainKind]]:
    found: dict[str, tuple[str, StainKind]] = {}
    for kind, names in (
        (StainKind.HE, _HE),
        (StainKind.SPECIAL, _SPECIAL),
        (StainKind.IHC, _IHC),
        (StainKind.IF, _IF),
    ):
        for name, words in names.items():
            for word in (stain_key(name), *words.split()):
                found[word] = (name, kind)
    return found


def stain_key(stain: str) -> str:
    """Return a stain without case, accents, spaces and signs: ``Ki-67`` and ``KI 67`` are one."""
    return "".join(char for char in fold(stain) if char.isalnum())


def canonical_stain(text: str) -> tuple[str, StainKind | None]:
    """Return the name that is kept for a stain as somebody wrote it, and its kind where it is known.

    ``MIB-1`` is ``Ki-67``. A level behind a known stain is dropped: ``HE-2`` is ``H&E``.
    """
    shown = " ".join(text.split())
    for candidate in (shown, _LEVEL.sub("", shown)):
        key = stain_key(candidate)
        if key in _TABLE:
            return _TABLE[key]
        marker = _CD.fullmatch(key)
        if marker is not None:
            return f"CD{marker[1]}", StainKind.IHC
    return shown, None


def stain_kind_of(stain: str | None) -> StainKind | None:
    """Return the kind of a stain: None without one, ``other`` where the table does not know it."""
    return None if not stain else canonical_stain(stain)[1] or StainKind.OTHER


_TABLE: Final = _table()
