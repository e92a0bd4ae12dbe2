"""Tell customers that files of theirs were not taken in: in their thread, once, while they still have the files."""

from typing import Final

import structlog

from intake_chat.domain.slack.events import Said
from intake_chat.errors import SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.ports.customers import Posts, RemembersState
from ventanilla_contracts.events import MessageReceived

log = structlog.get_logger()

FILES_MISSING: Final = "attachments_cut"
"""The defect of a message some of whose files were too large, too many, or not to be had."""
_SORRY: Final = {
    "es": (
        "No nos ha llegado algún archivo de este mensaje: admitimos hasta {most} por mensaje, de {megabytes} MB cada"
        " uno como mucho. Envíelo más pequeño o por partes, por favor."
    ),
    "en": (
        "Some file of this message did not reach us: we take up to {most} with each message, of {megabytes} MB each at"
        " most. Please send it smaller, or in parts."
    ),
}
_BEGUN, _TOLD = b"begun", b"told"
_MEGABYTE: Final = 1024 * 1024


class MissingFiles:
    """Posts one sentence for each message some of whose files were left out."""

    def __init__(self, slack: Posts, state: RemembersState, *, most_files: int, limit_bytes: int) -> None:
        self._slack = slack
        self._state = state
        self._most = str(most_files)
        self._megabytes = f"{limit_bytes / _MEGABYTE:.3g}"

    async def tell(self, said: Said, event: MessageReceived) -> None:
        """Say it below what was said, if anything is missing. Again says nothing.

        Where Slack does not take it, it stays unsaid: the agents read of it with the message, and can ask.

        Raises:
            Temporary: the broker is away; come again.
        """
        if FILES_MISSING not in event.defects:
            return
        key, name = f"missing_files.{event.id}", f"missing-files-{event.id}"
        [new] = await self._state.create_all([key], _BEGUN)
        if not new and await self._state.get(key) == _TOLD:
            return
        try:
            # Whoever began before may have posted it, and died before it could say so.
            if new or await self._slack.find_post(said.where.channel, said.where.root, name, float(said.ts)) is None:
                await self._slack.post(said.where.channel, said.where.root, self._words(event.language or ""), name)
        except (SlackRefused, SlackAway, SlackBusy, TooMuchWaits) as error:
            log.warning("missing_files.untold", reason=str(error))
            return
        await self._state.put_all([key], _TOLD)

    def _words(self, language: str) -> str:
        return _SORRY.get(language, _SORRY["en"]).format(most=self._most, megabytes=self._megabytes)
