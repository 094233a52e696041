"""The page in a real browser: the whole journey, scripts on and off, wide and narrow, light and dark; what axe finds.

Needs Debian's chromium, and for axe npm; skipped, with the reason, where they are missing.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from docs import walkthrough
from docs.edited_sample import EDITED, GONE, address, make
from pipeline import sample
from tests.webpage import serving

BROWSER = Path(__file__).resolve().parent / "browser"
MODES = [(width, scheme) for width in (1280, 320) for scheme in ("light", "dark")]
PAGES = {
    "search": "/?q=eau&pays=BJ&du=2019",
    "newest": "/",
    "nothing": "/?q=lagune&pays=VN",
    "values": "/valeurs/ville?q=eau",
    "article": f"/article?url={address(EDITED)}",
    "gone": f"/article?url={address(GONE)}",
    "versions": f"/versions?url={address(EDITED)}",
    "removed": f"/retire?url={address(EDITED)}",
    "state": "/etat",
    "report": "/a-reprendre",
    "help": "/aide",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = make(tmp_path_factory.mktemp("edited") / "data")
    with serving("--data", folder, "--config", sample.CONFIG) as page:
        yield page.url


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, which drives the browser")
    if not Path(walkthrough.CHROMIUM).exists():
        pytest.skip(f"needs Debian's chromium ({walkthrough.CHROMIUM}): apt-get install chromium")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=walkthrough.CHROMIUM, args=list(walkthrough.OPTIONS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def axe():
    if shutil.which("npm") is None:
        pytest.skip("needs npm, which brings axe-core")
    if not (BROWSER / "node_modules" / "axe-core").is_dir():
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=BROWSER,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"npm cannot bring axe-core: {done.stderr[-200:]}")
    core = BROWSER / "node_modules" / "axe-core"
    french = (core / "locales" / "fr.json").read_text(encoding="utf-8")
    return (core / "axe.min.js").read_text(encoding="utf-8") + f";axe.configure({{locale: {french}}});"


class Watch:
    """What a window does that it should not: other hosts, errors on the console."""

    def __init__(self, page, url):
        self.wrong = []
        page.on(
            "request",
            lambda request: None if request.url.startswith((url, "data:")) else self.wrong.append(request.url),
        )
        page.on(
            "console", lambda message: self.wrong.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.wrong.append(str(error)))


@pytest.fixture
def window(browser, served):
    """Opens windows: `window(width, scheme, scripts=True)`."""
    opened = []

    def open_one(width=1280, scheme="light", *, scripts=True):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR", java_script_enabled=scripts,
            base_url=served, accept_downloads=True,
        )  # fmt: skip
        context.set_default_timeout(walkthrough.WITHIN_MS)
        page = context.new_page()
        opened.append((context, Watch(page, served)))
        return page

    yield open_one
    for context, watch in opened:
        context.close()
        assert watch.wrong == []


def fits(page):
    """Nothing reaches over the edge."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def count(page):
    return int(re.sub(r"\D", "", page.locator("#resultats").inner_text().split(",")[0]))


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("width", "scheme"), MODES)
def test_the_whole_journey(window, width, scheme, scripts):
    page = window(width, scheme, scripts=scripts)
    page.goto("/")
    every = count(page)
    page.get_by_role("button", name="Rechercher").wait_for()
    page.locator("#q").fill("eau")
    page.locator("#q").press("Enter")
    page.wait_for_url("**q=eau**")
    found = count(page)
    assert 0 < found < every
    assert page.locator("mark").count() > 0

    # filter
    if width < 900:
        page.get_by_role("link", name="Filtrer et trier").click()
    page.get_by_role("checkbox", name=re.compile("^Bénin")).check()
    page.get_by_role("button", name="Appliquer").click()
    page.wait_for_url("**pays=BJ**")
    assert count(page) < found
    assert fits(page)

    # sort, and go through pages
    page.goto("/")
    page.get_by_label("Ordre").select_option("anciens")
    page.get_by_role("button", name="Appliquer").click()
    page.wait_for_url("**tri=anciens**")
    first = page.locator(".result h3").first.inner_text()
    page.get_by_role("link", name="Suivante").click()
    page.wait_for_url("**page=2**")
    assert page.locator(".result h3").first.inner_text() != first
    assert fits(page)

    # read
    page.goto("/?q=lagune&pays=BJ")
    page.get_by_role("link", name="Assainir la lagune de Kalimbé").click()
    page.get_by_role("heading", level=1, name="Assainir la lagune de Kalimbé").wait_for()
    assert page.locator(".dates-row dt").all_inner_texts() == ["Publié le", "Modifié le", "Copié le"]
    assert fits(page)

    # cite, and take along
    assert page.locator(".citation").inner_text().startswith("«\u00a0Assainir la lagune de Kalimbé\u00a0»")
    with page.expect_download() as kept:
        page.get_by_role("link", name="RIS").click()
    assert Path(kept.value.path()).read_text(encoding="utf-8").startswith("TY  - ELEC")

    # compare
    page.get_by_role("link", name="2\u00a0versions copiées").click()
    assert page.locator(".diff del").inner_text().endswith("quarante-cinq")
    assert page.locator(".diff ins").inner_text().endswith("soixante")
    assert fits(page)
    page.get_by_role("link", name="Retour à l’article").click()
    page.get_by_role("link", name="Ce qui a été retiré").click()
    assert page.locator(".whole .in").count() > 0
    assert fits(page)

    # export
    page.goto("/?q=eau")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Tableur (CSV)").click()
    assert kept.value.suggested_filename.endswith(".csv")
    assert len(Path(kept.value.path()).read_text(encoding="utf-8").splitlines()) > found


@pytest.mark.parametrize("scripts", [True, False])
def test_back_and_forward_over_six_states(window, scripts):
    page = window(scripts=scripts)
    page.goto("/")
    states = [("/", None)]
    page.locator("#q").fill("eau")
    page.get_by_role("button", name="Rechercher").click()
    states.append((page.url, count(page)))
    page.get_by_role("checkbox", name=re.compile("^Bénin")).check()
    page.get_by_role("button", name="Appliquer").click()
    states.append((page.url, count(page)))
    page.get_by_role("link", name="Retirer le filtre Pays").click()
    states.append((page.url, count(page)))
    page.get_by_label("Du").fill("2021")
    page.get_by_role("button", name="Appliquer").click()
    states.append((page.url, count(page)))
    page.locator(".result a").first.click()
    page.locator("article.article").wait_for()
    states.append((page.url, None))
    for url, number in reversed(states[1:-1]):
        page.go_back()
        assert (page.url, count(page)) == (url, number)
        assert page.locator("#q").input_value() == "eau"
    for url, number in states[2:-1]:
        page.go_forward()
        assert (page.url, count(page)) == (url, number)
    assert page.get_by_label("Du").input_value() == "2021"


@pytest.mark.parametrize(("width", "scheme"), MODES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(window, axe, name, width, scheme):
    page = window(width, scheme)
    page.goto(PAGES[name])
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"]
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
    told = [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]
    assert told == []
    assert len(found["passes"]) > 20
    assert fits(page)


@pytest.mark.parametrize("name", PAGES)
def test_with_letters_twice_as_large_nothing_is_cut(window, name):
    page = window(1280)
    page.goto(PAGES[name])
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert fits(page)
    # 1280 pixels at 400 % are 320: the narrow page of the other tests.
    cut = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main h1, main h2, main p')].filter(one => {
             const style = getComputedStyle(one);
             return style.position !== 'absolute' && style.overflow !== 'visible' && one.scrollWidth > one.clientWidth + 1;
           }).map(one => one.outerHTML.slice(0, 80))"""
    )
    assert cut == []


def test_every_page_has_a_title_of_its_own(window):
    page = window()
    titles = {}
    for name, path in PAGES.items():
        page.goto(path)
        titles[name] = page.title()
        assert page.locator("h1").count() == 1
    assert len(set(titles.values())) == len(titles)


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", ["search", "article", "versions", "state"])
def test_the_keyboard_goes_everywhere_in_order_and_is_seen(window, name, width):
    page = window(width)
    page.goto(PAGES[name])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    page.goto(PAGES[name])
    stops, seen = [], set()
    while len(stops) < 200:
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const one = document.activeElement, all = [...document.querySelectorAll('*')];
                 const style = getComputedStyle(one), box = one.getBoundingClientRect();
                 return {place: all.indexOf(one), body: one === document.body, outline: style.outlineStyle, width: parseFloat(style.outlineWidth),
                         shown: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth, html: one.outerHTML.slice(0, 80)}; }"""
        )
        if stop["body"] or stop["place"] in seen:
            break
        seen.add(stop["place"])
        stops.append(stop)
    assert len(stops) > 8
    places = [stop["place"] for stop in stops]
    assert places == sorted(places)
    for stop in stops:
        assert stop["outline"] != "none", stop
        assert stop["width"] >= 2, stop
        assert stop["shown"], stop


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", PAGES)
def test_what_is_pressed_is_large_enough(window, name, width):
    """WCAG 2.5.8: 24 by 24 pixels; links inside a sentence may be as high as its line."""
    page = window(width)
    page.goto(PAGES[name])
    small = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter(one => {
             if (one.matches('.skip')) return false;
             const inSentence = one.tagName === 'A' && getComputedStyle(one).display === 'inline' && one.parentElement.matches('p, li')
               && one.parentElement.textContent.trim().length > one.textContent.trim().length;
             const target = one.closest('label') || one, box = target.getBoundingClientRect();
             return !inSentence && box.width > 0 && (box.width < 24 || box.height < 24);
           }).map(one => one.outerHTML.slice(0, 100))"""
    )
    assert small == []


def test_marked_words_stand_out_in_light_and_dark(window):
    for scheme in ("light", "dark"):
        page = window(1280, scheme)
        page.goto(PAGES["search"])
        mark, around = page.evaluate(
            "[document.querySelector('mark'), document.querySelector('.passage')].map(one => getComputedStyle(one).backgroundColor)"
        )
        assert mark != around


# --- comfort by script


def test_suggestions_are_a_combobox_in_which_tab_picks_nothing(window):
    page = window()
    page.goto("/")
    field = page.get_by_role("combobox", name="Mots recherchés")
    field.press_sequentially("ben")
    options = page.get_by_role("listbox", name="Propositions").get_by_role("option")
    options.first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    assert options.first.inner_text().startswith("Bénin")
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    assert options.first.get_attribute("aria-selected") == "true"
    field.press("Tab")
    assert field.input_value() == "ben"
    assert page.url.endswith("/")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    assert options.count() == 0

    field.focus()
    field.press_sequentially("i")
    options.first.wait_for()
    field.press("Escape")
    assert options.count() == 0
    assert field.input_value() == "beni"

    field.press_sequentially("n")
    options.first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**pays=BJ**")


def test_with_a_combobox_open_axe_finds_nothing(window, axe):
    page = window(320)
    page.goto("/")
    page.locator("#q").press_sequentially("eau")
    page.get_by_role("listbox").get_by_role("option").first.wait_for()
    page.evaluate(axe)
    assert [one["id"] for one in page.evaluate("axe.run(document)")["violations"]] == []
    assert fits(page)


def test_a_slash_goes_to_the_field_and_types_in_it(window):
    page = window()
    page.goto("/?q=eau")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("a/b")
    assert page.locator("#q").input_value() == "a/b"


def test_empty_fields_leave_no_trace_in_the_address(window):
    page = window()
    page.goto("/")
    page.locator("#q").fill("eau")
    page.get_by_role("button", name="Rechercher").click()
    page.wait_for_url("**q=eau")
    assert page.url.endswith("/?q=eau")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light(window, name):
    page = window()
    sizes = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(PAGES[name])
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < 60_000


def test_a_printed_article_is_its_text(window):
    page = window()
    page.goto(PAGES["article"])
    page.emulate_media(media="print")
    assert page.locator(".body").is_visible()
    assert page.locator(".citation").is_visible()
    for hidden in (".site-head nav", ".side", ".back", "#proches"):
        assert not page.locator(hidden).first.is_visible()


def test_the_walk_through_of_the_documents_can_be_walked(browser, served):
    text = walkthrough.DOCUMENT.read_text(encoding="utf-8")
    steps = list(walkthrough.steps(text))
    assert walkthrough.walk(browser, served) == len(steps) > 20
    pictures = {what for _, verb, what in steps if verb == "picture"}
    assert pictures == set(re.findall(r"\]\((search-.+?\.png)\)", text))
    for name in pictures:
        assert (walkthrough.DOCS / name).is_file()
