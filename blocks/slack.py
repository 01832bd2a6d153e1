"""Reach Slack: the Web API to speak, Socket Mode to listen; both go out from here, and nothing comes in."""

from prefect.blocks.core import Block
from pydantic import HttpUrl, SecretStr
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

ANSWER_S = 10


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
        return SocketModeClient(self.app_token.get_secret_value(), web_client=self.web())
