"""Text messages: the place for a site's own gateway.

There is no gateway that every site may use, so none ships. A site writes a class with the four members of
alerts.channels.contract.Channel (`is_there`, `check` for a telephone number, `send`, `close`), lets it pass
tests/contract/test_channels.py, and names it `sms` in app/channels.py; people then enter their number and the
severities for it like any other address. Of a message `subject` and `link` fit into a text message; `body` may not.
"""
