"""The HTTP connection as uvicorn speaks it, with what streams need to know of the line under it."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.live import TRANSPORT


class LineProtocol(HttpToolsProtocol):
    """uvicorn's protocol; a stream can bound and cut off its line."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}
