"""Reach Slack: the Web API to speak, Socket Mode to listen; both go out from here, and nothing comes in."""

import logging
import re

import aiohttp
from prefect.blocks.core import Block
from pydantic import HttpUrl, SecretStr
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

ANSWER_S = 10
LOG = logging.getLogger("gdr.slack.socket")
AWAY = (SlackClientError, aiohttp.ClientError, OSError)
_ADDRESS = re.compile(r"((?:ws|http)s?://[^\s?'\"]*)\?[^\s'\"]*")


def without_ticket(record: logging.LogRecord) -> bool:
    """Let the client's log hold no address with its ticket, and no traceback of what is only away and tried again."""
    record.msg, record.args = _ADDRESS.sub(r"\1", record.getMessage()), ()
    if record.exc_info and not isinstance(record.exc_info[1], AWAY):
        record.exc_text = _ADDRESS.sub(r"\1", logging.Formatter().formatException(record.exc_info))
    record.exc_info = None
    return True


LOG.addFilter(without_ticket)


class SlackAccess(Block):
    """The tokens of one Slack app.

    Attributes:
        bot_token: `xoxb-`, with the scopes chat:write and, for private channels, membership of the channel.
        app_token: `xapp-`, with the scope connections:write: Socket Mode.
        api: Address of the Web API; another only where a proxy stands before Slack.
    """

    _block_type_name = "Genesys DR Slack App"
    _block_type_slug = "gdr-slack-access"
    _logo_url = HttpUrl("https://github.com/slackapi.png")
    _description = "The Slack app in whose channel gates are asked and answered."

    bot_token: SecretStr
    app_token: SecretStr
    api: str = "https://slack.com/api/"

    def web(self) -> AsyncWebClient:
        """Return a client that speaks; it retries nothing, for a message sent twice is asked twice."""
        token = self.bot_token.get_secret_value()
        return AsyncWebClient(token, base_url=self.api, timeout=ANSWER_S, trust_env_in_session=True, retry_handlers=[])

    def socket(self) -> SocketModeClient:
        """Return a client that listens, and connects again by itself; it needs a running event loop."""
        return SocketModeClient(self.app_token.get_secret_value(), logger=LOG, web_client=self.web())
