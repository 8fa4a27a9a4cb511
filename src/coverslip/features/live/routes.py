"""The socket of a slide."""

import asyncio
from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, WebSocket
from starlette.websockets import WebSocketDisconnect

from coverslip.core.errors import CoverslipError, NotFound, Unauthenticated
from coverslip.core.live_errors import MessageRefused, TooManyMessages
from coverslip.features.access import policy
from coverslip.features.identity import Onlooker, presented_by
from coverslip.features.live import messages, rights, talking
from coverslip.features.live.member import SHUT_OUT, SIGNED_OUT, Member
from coverslip.features.live.service import Live
from coverslip.features.live.words import written
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime

router: Final = APIRouter(tags=["live"])

HELLO_S: Final = 10.0
LAST_WORDS_S: Final = 1.0
_LATEST: Final = 2**62

SlideIdPath = Annotated[str, Path(max_length=64)]
After = Annotated[int | None, Query(ge=0, le=_LATEST)]


@router.websocket("/slides/{slide_id}/live", dependencies=[policy.onlooker])
async def live(
    socket: WebSocket, slide_id: SlideIdPath, viewer: Onlooker, runtime: CurrentRuntime, after: After = None
) -> None:
    """Be on a slide with others: presence both ways, and the slide's journal after ``after``."""
    rooms = _rooms(socket, runtime)
    credential = rights.hashed(presented_by(socket))
    await asyncio.to_thread(_check_sight, runtime, credential, slide_id)  # refused before it is accepted
    rooms.check_room(slide_id)
    await socket.accept()
    try:
        async with asyncio.timeout(HELLO_S):
            hello = await _hello(socket)
        member = await rooms.enter(slide_id, credential, hello, after)
    except (WebSocketDisconnect, RuntimeError):
        return
    except TimeoutError:
        await _close(socket, (1008, "hello_expected"))
        return
    except CoverslipError as error:
        ending = SHUT_OUT if isinstance(error, NotFound) else SIGNED_OUT
        await _close(socket, ending if isinstance(error, NotFound | Unauthenticated) else (1008, error.code))
        return
    try:
        await _talk(socket, rooms, slide_id, member)
    finally:
        rooms.leave(slide_id, member)
    await _close(socket, member.ending or (1000, ""))


async def _talk(socket: WebSocket, rooms: Live, slide_id: str, member: Member) -> None:
    """Read and write until one of the two ends."""
    tasks = [
        asyncio.create_task(_read(socket, rooms, slide_id, member)),
        asyncio.create_task(_write(socket, member)),
        asyncio.create_task(_ended(member)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for done in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(done, Exception) and not isinstance(done, WebSocketDisconnect | RuntimeError | OSError):
                raise done


async def _read(socket: WebSocket, rooms: Live, slide_id: str, member: Member) -> None:
    while True:
        text = await _text(socket)
        allowed = member.may_speak()
        if not allowed:
            if allowed is None:
                member.refuse("", TooManyMessages())
            continue
        room = rooms.rooms.get(slide_id)
        if room is None:
            return
        try:
            talking.take(room, member, text)
        except MessageRefused as error:
            member.refuse("", error)


async def _write(socket: WebSocket, member: Member) -> None:
    while texts := await member.next():
        for text in texts:
            await socket.send_text(text)


async def _ended(member: Member) -> None:
    """Return when a socket is to end, also while its writer waits for somebody who does not read."""
    await member.ended.wait()


async def _hello(socket: WebSocket) -> messages.Hello:
    """Return who comes; whatever they say before is refused."""
    while True:
        text = await _text(socket)
        try:
            _, message = messages.read(text)
            if isinstance(message, messages.Hello):
                return message
            raise MessageRefused("Say hello first.")
        except MessageRefused as error:
            refusal = {"type": "refused", "code": error.code, "detail": error.message, "of": ""}
        await socket.send_text(written(refusal))


async def _text(socket: WebSocket) -> str | bytes:
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str | bytes | None = message.get("text")
    return text if text is not None else message.get("bytes") or b""


async def _close(socket: WebSocket, ending: tuple[int, str]) -> None:
    """Close; who does not read hears no reason."""
    code, reason = ending
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
        async with asyncio.timeout(LAST_WORDS_S):
            await socket.close(code, reason)


def _check_sight(runtime: Runtime, credential: rights.Credential, slide_id: str) -> None:
    with runtime.db.read() as session:
        rights.look(session, runtime, credential, slide_id)


def _rooms(socket: WebSocket, runtime: Runtime) -> Live:
    """Return the rooms of this process, made on its event loop when first needed."""
    found: Live | None = getattr(socket.app.state, "live", None)
    if found is None:
        found = socket.app.state.live = Live(runtime)
        found.start()
    return found
