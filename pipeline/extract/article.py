"""Composes the stages into one function: a capture → Article | Rejection, with every block's fate.

The stages, in order: 1 what the address says · 2 decode and parse · 3 what the page is (attachment,
error page) · 4 metadata · 5 where the article stands · 6 blocks kept and dropped · 7 the fields ·
8 is there an article? Pure: no network, no disk, no clock. May import: everything of extract but
the loop; config, records, urls.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from pipeline.config import Kind, Site
from pipeline.extract import container, findings, media, rules, selection, taxonomy, template
from pipeline.extract.blocks import Block, BlockKind
from pipeline.extract.factfields import with_facts
from pipeline.extract.html import Element, count_elements, decode, fold, parse
from pipeline.extract.language import Verdict, judge
from pipeline.extract.metadata import Metadata, forbids_indexing, read_metadata
from pipeline.extract.passages import foreign_passages
from pipeline.extract.shown import Shown
from pipeline.extract.template import PageReading, Template
from pipeline.records import Article, Capture, Rejection, RejectionReason, Section, Span
from pipeline.urls import Rebase, canonical_key, path_to_match

# Counts up when the same bytes give another article; the archive then extracts its captures anew.
EXTRACTOR_VERSION = 3
# The name by which pages may speak to us in X-Robots-Tag.
PRODUCT = "aimf-archive"

# A heading or a bold paragraph longer than this at the head of the text is a standfirst; more than four are a style.
_STANDFIRST_CHARS = 60
_STANDFIRST_BLOCKS = 4
# Real pages have some thousand; a hostile one of 10 MB has a million, and would take gigabytes.
_MOST_ELEMENTS = 150_000
# Text that a page shows beside the password field of a protected article.
_PROTECTED_CHARS = 300
# A page without a title is called by its first words.
_FIRST_WORDS_CHARS = 80
_SECTION_CHARS = 200
_NOT_AN_ARTICLE = {
    "error404": RejectionReason.ERROR_PAGE,
    "attachment": RejectionReason.ATTACHMENT,
    "search-results": RejectionReason.LISTING,
    "archive": RejectionReason.LISTING,
}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What extraction knows beside the page: of its site, and the date that the sitemap gives it.

    `name` is the site's in the archive, `rebase` says which copy the page was fetched from, `template` what other
    pages taught.
    """

    name: str
    site: Site
    rebase: Rebase | None = None
    template: Template | None = None
    sitemap_date: str | None = None

    @property
    def fingerprint(self) -> str:
        """Names this extractor with these settings; another fingerprint makes the archive extract anew."""
        read = {"name", "base_url", "languages", "kinds", "listings", "extract", "facts"}
        relevant = self.site.model_dump_json(include=read)
        learned = self.template.fingerprint if self.template is not None else ""
        return f"{EXTRACTOR_VERSION}-{hashlib.sha256((relevant + learned).encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Extraction:
    """The outcome and how it came about: every block with the rule that dropped it, the evidence for the language."""

    outcome: Article | Rejection
    blocks: tuple[Block, ...] = ()
    container: str = ""
    language: Verdict | None = None
    contradictions: tuple[str, ...] = ()


def extract(capture: Capture, knowledge: Knowledge) -> Article | Rejection:
    """The article of a capture, or why there is none."""
    return explain(capture, knowledge).outcome


def explain(capture: Capture, knowledge: Knowledge) -> Extraction:
    """The same as `extract`, with the whole story."""
    path = path_to_match(capture.url)
    kind = knowledge.site.kind_of(path)
    reason, detail = _address_rejection(capture, path, kind, knowledge.site)
    if reason:
        return Extraction(_rejection(capture, knowledge, reason, detail))
    assert kind is not None
    root = _tree_of(capture, knowledge)
    if isinstance(root, Rejection):
        return Extraction(root)
    reason, detail = _page_rejection(root)
    if reason:
        return Extraction(_rejection(capture, knowledge, reason, detail))
    return _Page(capture, knowledge, kind, path, root).extraction()


def read_alone(capture: Capture, knowledge: Knowledge) -> PageReading | Rejection:
    """What the page teaches of its site's template; a rejection when it teaches nothing."""
    root = _tree_of(capture, knowledge)
    if isinstance(root, Rejection):
        return root
    return template.read_alone(selection.choose(root, knowledge.site.extract).tree)


def _tree_of(capture: Capture, knowledge: Knowledge) -> Element | Rejection:
    root = parse(decode(capture.body, capture.headers))
    if root is None:
        return _rejection(capture, knowledge, RejectionReason.NOT_HTML, "no element in the answer")
    elements = count_elements(root)
    if elements > _MOST_ELEMENTS:
        detail = f"{elements} elements; pages are read up to {_MOST_ELEMENTS}"
        return _rejection(capture, knowledge, RejectionReason.UNREADABLE, detail)
    return root


def _rejection(capture: Capture, knowledge: Knowledge, reason: RejectionReason, detail: str) -> Rejection:
    return Rejection(capture.url, knowledge.name, reason, detail, capture.id, EXTRACTOR_VERSION)


def _address_rejection(
    capture: Capture, path: str, kind: Kind | None, site: Site
) -> tuple[RejectionReason | None, str]:
    content_type = capture.headers.get("content-type", "text/html").lower()
    if "rss" in content_type or "atom" in content_type:
        return RejectionReason.FEED, content_type
    if "html" not in content_type and "text/plain" not in content_type:
        return RejectionReason.NOT_HTML, content_type
    if site.is_listing(path):
        folder = path.strip("/").split("/")[0]
        known = site.extract.taxonomies.model_dump().values()
        reason = RejectionReason.TAXONOMY if folder and folder in known else RejectionReason.LISTING
        return reason, f"{path} is a listing by config.yaml"
    if kind is None:
        return RejectionReason.EXCLUDED, f"no kind in config.yaml matches {path}"
    if not capture.body.strip():
        return RejectionReason.EMPTY, "the answer has no body"
    return None, ""


def _page_rejection(root: Element) -> tuple[RejectionReason | None, str]:
    body = root.find("body")
    for token in rules.tokens(body) if body is not None else ():
        if token in _NOT_AN_ARTICLE:
            return _NOT_AN_ARTICLE[token], f"the page calls itself {token}"
    return None, ""


class _Page:
    """One page on its way to an article; holds what the stages share."""

    def __init__(self, capture: Capture, knowledge: Knowledge, kind: Kind, path: str, root: Element) -> None:
        self.capture = capture
        self.knowledge = knowledge
        self.kind = kind
        self.path = path
        self.root = root
        self.site = knowledge.site
        self.base_url = _base_url(capture.url, root)
        self.protected = False
        self.selection = selection.choose(root, self.site.extract, knowledge.template)
        self.tree = self.selection.tree
        self.element_rules = self.selection.element_rules

    def extraction(self) -> Extraction:
        tree = self.tree
        place = self.selection.place
        self.protected = self._asks_for_password()
        if self.protected:
            container.drop_outside(tree, (), "password form")
        shown = Shown(self.root, tree, self.element_rules)
        metadata = read_metadata(shown, place.item, self.site.name, self.capture, self.knowledge.sitemap_date)
        _drop_title(tree.blocks, metadata.title)
        rules.drop_byline(tree.blocks)
        kept = [block for block in tree.blocks if block.rule is None]
        verdict = self._language(kept, metadata)
        if verdict.contradiction:
            metadata = replace(metadata, contradictions=(*metadata.contradictions, verdict.contradiction))
        outcome = self._outcome(kept, place, metadata, verdict)
        if isinstance(outcome, Article):
            outcome = with_facts(outcome, shown, self.site.facts)
            seen = findings.of_page(outcome, tree.blocks, metadata.contradictions, protected=self.protected)
            outcome = replace(outcome, findings=seen)
        return Extraction(outcome, tuple(tree.blocks), place.how, verdict, metadata.contradictions)

    def _asks_for_password(self) -> bool:
        """A password field and next to no text: the article is kept from readers. Many pages have a log-in box."""
        chars = sum(len(block.text) for block in self.tree.blocks if block.rule is None)
        return chars < _PROTECTED_CHARS and any(
            (field.get("type") or "").lower() == "password" for field in self.root.iter("input")
        )

    def _language(self, kept: list[Block], metadata: Metadata) -> Verdict:
        text = "\n".join(block.text for block in kept)
        return judge(text, path=self.path, declared=metadata.languages, expected=self.site.languages)

    def _outcome(
        self, kept: list[Block], place: container.Container, metadata: Metadata, verdict: Verdict
    ) -> Article | Rejection:
        reason, detail = self._text_rejection("\n".join(block.text for block in kept), metadata)
        if reason is None:
            return self._article(kept, place, metadata, verdict)
        if reason is RejectionReason.PLACEHOLDER:
            kept = [block for block in self.tree.blocks if block.rule in (None, rules.PLACEHOLDER)]
        rejection = _rejection(self.capture, self.knowledge, reason, detail)
        return replace(rejection, article=self._article(kept, place, metadata, verdict))

    def _article(self, kept: list[Block], place: container.Container, metadata: Metadata, verdict: Verdict) -> Article:
        text = "\n".join(block.text for block in kept)
        terms = taxonomy.read_terms(self.root, place.item, self.site.extract.taxonomies, metadata.topics)
        standfirst, rest = _split_standfirst(kept)
        frame = self._frame()
        bodies = set() if self.protected else set(place.bodies)
        return Article(
            url=self.capture.url,
            site=self.knowledge.name,
            title=metadata.title or text.split("\n", 1)[0][:_FIRST_WORDS_CHARS],
            kind=self.kind.kind,
            text=text,
            language=verdict.language,
            date_published=metadata.date_published,
            date_modified=metadata.date_modified,
            summary=standfirst,
            authors=metadata.authors,
            themes=terms.themes,
            sections=_sections(rest),
            images=media.read_images(frame, bodies),
            attachments=media.read_attachments(frame, place.item),
            videos=media.read_videos(frame, {place.item} if place.item is not None else bodies),
            passages=foreign_passages(text, verdict.language),
            list_items=_list_items(kept),
            places=terms.places,
            partners=terms.partners,
            captured_at=self.capture.fetched_at,
            capture_id=self.capture.id,
            extractor_version=EXTRACTOR_VERSION,
            sources={**metadata.sources, **_sources(place, verdict, terms, standfirst)},
            canonical=self._other_canonical(metadata.canonical),
        )

    def _other_canonical(self, href: str | None) -> str | None:
        url = self._absolute(href) if href else None
        return url if url and canonical_key(url) != canonical_key(self.capture.url) else None

    def _text_rejection(self, text: str, metadata: Metadata) -> tuple[RejectionReason | None, str]:
        if forbids_indexing(metadata.robots, self.capture.headers.get("x-robots-tag"), PRODUCT):
            return RejectionReason.NOINDEX, "the page asks not to be indexed"
        if not metadata.title and not text:
            return RejectionReason.NO_TITLE, "the page has neither title nor heading nor text"
        if self.selection.filler_only:
            return RejectionReason.PLACEHOLDER, "nothing but filler text"
        needed = self.kind.min_text_chars
        if not needed or self.protected or len(text) >= needed:
            return None, ""
        detail = f"{len(text)} characters of its own, {needed} are asked of kind {self.kind.kind}"
        return RejectionReason.TOO_LITTLE_TEXT, detail

    def _absolute(self, href: object) -> str | None:
        if not isinstance(href, str) or href.startswith(("data:", "javascript:", "mailto:", "#")):
            return None
        try:
            url = urljoin(self.base_url, href.strip())
            scheme = urlsplit(url).scheme
        except ValueError:
            return None
        if scheme not in ("http", "https"):
            return None
        return self.knowledge.rebase.to_site(url) if self.knowledge.rebase else url

    def _frame(self) -> media.Frame:
        return media.Frame(self.tree, self.element_rules, self._absolute)


def _sources(
    place: container.Container, verdict: Verdict, terms: taxonomy.Terms, standfirst: str | None
) -> dict[str, str]:
    """Where the fields were read that the head does not state."""
    sources = {"text": place.how, "language": verdict.evidence, "kind": "address", "sections": "headings of the text"}
    if terms.themes:
        sources["themes"] = terms.themes_source
    if terms.places:
        sources["places"] = terms.themes_source
    if standfirst:
        sources["summary"] = "standfirst of the text"
    return sources


def _base_url(url: str, root: Element) -> str:
    """The address that the page's links are relative to."""
    base = next((tag.get("href") for tag in root.iter("base") if tag.get("href")), None)
    try:
        return urljoin(url, base) if base else url
    except ValueError:
        return url


def _drop_title(blocks: list[Block], title: str | None) -> None:
    """The title stands in its own field: its first print at the head of the text is dropped."""
    if not title:
        return
    first = [block for block in blocks if block.rule in (None, rules.BOILERPLATE)][:3]
    for block in first:
        if block.kind is BlockKind.HEADING and fold(block.text) == fold(title):
            block.rule = rules.TITLE
            return


def _split_standfirst(kept: list[Block]) -> tuple[str | None, list[Block]]:
    """The standfirst (long headings of one level, or bold paragraphs, that open the text) and the blocks after it."""
    opening: list[Block] = []
    for block in kept:
        bold = block.kind is BlockKind.PARAGRAPH and block.strong_chars >= 0.9 * len(block.text)
        stands_out = len(block.text) > _STANDFIRST_CHARS and (bold or block.kind is BlockKind.HEADING)
        alike = not opening or (block.kind, block.level) == (opening[0].kind, opening[0].level)
        if not (stands_out and alike):
            break
        opening.append(block)
    if not opening or len(opening) > _STANDFIRST_BLOCKS:
        return None, kept
    return "\n".join(block.text for block in opening), kept[len(opening) :]


def _sections(blocks: list[Block]) -> tuple[Section, ...]:
    headings = [b for b in blocks if b.kind is BlockKind.HEADING and len(b.text) <= _SECTION_CHARS]
    return tuple(Section(block.level, block.text) for block in headings if fold(block.text))


def _list_items(kept: list[Block]) -> tuple[Span, ...]:
    """Where the items of lists stand in the text, which is the blocks joined by line ends."""
    spans, start = [], 0
    for block in kept:
        if block.kind is BlockKind.LIST_ITEM:
            spans.append(Span(start, start + len(block.text)))
        start += len(block.text) + 1
    return tuple(spans)
