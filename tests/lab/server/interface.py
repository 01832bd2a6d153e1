"""The Prefect UI (v2) in a real Chromium, as a person uses it. The browser is the machine's own; none is downloaded."""

import base64
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
from playwright.sync_api import FloatRect, Locator, Page, Response, expect, sync_playwright

from lab import credentials
from lab.api import Lab
from lab.command import wait_until
from lab.identity import CHECKOUT

IMAGES = CHECKOUT / "docs/images"
WIDTH, HEIGHT = 1280, 1080
MARGIN = 300  # what the page has below a part, and a dialog on both sides
MEASURE = "it => [it.getBoundingClientRect().top + it.scrollHeight, it.scrollHeight - it.clientHeight, innerHeight]"
_PATIENCE_MS = 60_000

Fields = Mapping[str, str]


@contextmanager
def opened(lab: Lab) -> Iterator["Interface"]:
    """Open the browser and log in; it reaches the laboratory's server and nothing else."""
    url = lab.url
    with sync_playwright() as playwright:
        argv = ["--no-sandbox", "--disable-gpu"]  # as root there is no sandbox, and a laboratory needs root
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=argv)
        page = browser.new_page(base_url=url, color_scheme="light", reduced_motion="reduce")
        page.set_default_timeout(_PATIENCE_MS)
        page.route(lambda address: not address.startswith((url, "data:", "blob:")), lambda route: route.abort())
        person = Interface(page, lab)
        person.log_in(credentials.load(lab.identity).api_password)
        yield person
        browser.close()


GREEN = """\
async png => {
  const image = await createImageBitmap(await (await fetch(png)).blob());
  const paper = new OffscreenCanvas(image.width, image.height).getContext("2d");
  paper.drawImage(image, 0, 0);
  const {data} = paper.getImageData(0, 0, image.width, image.height);
  return data.some((red, n) => n % 4 == 0 && data[n + 1] > red + 80 && data[n + 1] > data[n + 2] + 40);
}
"""


class Interface:
    """One person's tab."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self._page, self._http = page, lab.http(60)
        self._main = page.get_by_role("main")

    def log_in(self, password: str) -> None:
        """Fill in the one field that the server asks of everybody, first with another word: that opens nothing."""
        self._go("dashboard")
        field = self._page.get_by_placeholder("admin:pass")
        for word in ("admin:wrong", password):
            field.fill(word)
            self._page.get_by_role("button", name="Login").click()
            if word != password:
                self._page.get_by_text("Invalid credentials").first.wait_for()
        expect(self._main.get_by_role("heading").first).to_be_visible(timeout=_PATIENCE_MS)
        expect(field).to_be_hidden()

    def start(self, deployment: str, fields: Fields, picture: str = "") -> str:
        """Fill in the form of a deployment and send it off; return the run's id."""
        self._go(f"deployments/deployment/{deployment}/run")
        self._fill(self._main, fields)
        self._keep(picture)
        made = self._send(self._main.get_by_role("button", name="Submit"), "/create_flow_run").json()
        assert "id" in made, made
        return str(made["id"])

    def form(self, run: str, picture: str = "") -> Locator:
        """Open the form of a run that waits: the menu at the top right, Resume."""
        self._go(f"runs/flow-run/{run}")
        self._main.get_by_text("Suspended", exact=True).first.wait_for()
        self._main.get_by_role("button", name="Open menu").first.click()
        resume = self._page.get_by_role("menuitem", name="Resume")
        resume.wait_for()
        if picture:
            wait_until("a task that is done is drawn", self._has_green, 60)
        self._keep(picture)
        resume.click()
        form = self._page.get_by_role("dialog", name="Resume Flow Run")
        form.get_by_text("evidence up to").wait_for()  # what is asked is drawn after the fields
        form.get_by_role("textbox", name="Approver").wait_for()
        return form

    def answer(self, form: Locator, fields: Fields, picture: str = "") -> None:
        """Fill in an open form and send it off."""
        self._fill(form, fields)
        self._keep(picture, form)
        self._send(form.get_by_role("button", name="Resume"), "/resume")
        expect(form).to_be_hidden(timeout=_PATIENCE_MS)

    def artifact(self, run: str, key: str, picture: str = "") -> str:
        """Open what a run shows under a key, the newest of it; return its text."""
        wanted = {"artifacts": {"key": {"any_": [key]}, "flow_run_id": {"any_": [run]}}, "sort": "CREATED_DESC"}
        newest = self._http.post("/artifacts/filter", json=wanted).json()[0]
        self._go(f"artifacts/artifact/{newest['id']}")
        shown = self._main.get_by_role("tabpanel", name="Artifact")
        title = newest["data"].partition("\n")[0].lstrip("# ") if newest["type"] == "markdown" else "Progress"
        texts: list[str] = []

        def is_drawn() -> bool:
            texts.append(shown.inner_text())
            return title in texts[-1]

        wait_until(f"{key} is drawn", is_drawn, 60)  # and it is drawn anew, from its empty frame on, when it likes
        self._keep(picture, shown)
        return texts[-1]

    def _go(self, place: str) -> None:
        self._page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        self._page.goto(f"/v2/{place}", wait_until="domcontentloaded")

    def _send(self, button: Locator, path: str) -> Response:
        """Press a button; again where the server's database was busy, as a person does who is told that it failed.

        Prefect on SQLite answers so when anything else was written meanwhile, and has changed nothing.
        """
        end = time.monotonic() + _PATIENCE_MS / 1000
        while (said := self._press(button, path)).status == httpx.codes.SERVICE_UNAVAILABLE:
            assert time.monotonic() < end, f"{path}: 503 again and again"
            self._page.mouse.move(0, 0)  # the notice stays under a pointer, and may lie over the button
            expect(self._page.locator("[data-sonner-toast]").first).to_be_visible(timeout=_PATIENCE_MS)
            expect(self._page.locator("[data-sonner-toast]")).to_have_count(0, timeout=_PATIENCE_MS)
        return said

    def _press(self, button: Locator, path: str) -> Response:
        with self._page.expect_response(lambda answer: answer.url.endswith(path)) as sent:
            button.click()
        return sent.value

    def _fill(self, form: Locator, fields: Fields) -> None:
        """Fill fields by their labels: a list by its option, the others by their text."""
        for name, value in fields.items():
            choice = form.get_by_role("button", name=f"Select {name}")
            field = choice.or_(form.get_by_role("textbox", name=name))
            field.wait_for()
            if choice.count():
                choice.click()
                self._page.get_by_role("option", name=value, exact=True).click()
            else:
                field.fill(value)

    def _keep(self, picture: str, part: Locator | None = None) -> None:
        """See that a picture shows all of it; take it for the documentation, where the tests are run for that."""
        if not picture:
            return
        expect(self._page.locator(".animate-pulse")).to_have_count(
            0, timeout=_PATIENCE_MS
        )  # what stands for what loads
        clip = self._whole(part) if part else None
        if os.environ.get("GDR_SCREENSHOTS"):
            IMAGES.mkdir(exist_ok=True)
            self._page.screenshot(path=IMAGES / f"{picture}.png", animations="disabled", clip=clip)

    def _has_green(self) -> bool:
        """Tell whether the graph, a drawing that no text can be asked for, has the bar of a task that is done."""
        drawn = base64.b64encode(self._main.locator("canvas").first.screenshot()).decode()
        return bool(self._page.evaluate(GREEN, f"data:image/png;base64,{drawn}"))

    def _whole(self, part: Locator) -> FloatRect:
        """Open the window until nothing of a part is cut; return where the part lies."""

        def shows_all() -> bool:
            needs, cut, height = map(int, part.evaluate(MEASURE))
            if cut > 0 or needs > height:
                self._page.set_viewport_size({"width": WIDTH, "height": max(height, needs) + MARGIN})
            return cut <= 0 and needs <= height

        wait_until("the whole of it is shown", shows_all, 30)
        box = part.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
