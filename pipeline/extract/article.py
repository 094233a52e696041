"""Composes the stages into one function: a capture → Article | Rejection, with every block's fate.

The stages, in order: 1 what the address says · 2 decode and parse · 3 what the page is (attachment,
error page) · 4 metadata · 5 where the article stands · 6 blocks kept and dropped · 7 the fields ·
8 is there an article? Pure: no network, no disk, no clock. May import: everything of extract but
the loop; config, records, urls.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from pipeline.config import Kind, Site
from pipeline.extract import container, rules, taxonomy
from pipeline.extract.blocks import Block, BlockKind, walk
from pipeline.extract.html import Element, decode, fold, parse, tidy
from pipeline.extract.language import Verdict, judge
from pipeline.extract.metadata import Metadata, forbids_indexing, read_metadata
from pipeline.extract.selectors import select
from pipeline.records import Article, Capture, Image, Rejection, RejectionReason, Section
from pipeline.urls import Rebase, canonical_key, path_to_match

# Counts up when the same bytes give another article; the archive then extracts its captures anew.
EXTRACTOR_VERSION = 1
# The name by which pages may speak to us in X-Robots-Tag.
PRODUCT = "aimf-archive"

_FILE_NAME = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|odt|ods|odp|rtf|epub|zip|csv)$", re.IGNORECASE)
# A heading or a bold paragraph longer than this at the head of the text is a standfirst; more than four are a style.
_STANDFIRST_CHARS = 60
_STANDFIRST_BLOCKS = 4
# Text that a page shows beside the password field of a protected article.
_PROTECTED_CHARS = 300
# A page without a title is called by its first words.
_FIRST_WORDS_CHARS = 80
_SECTION_CHARS = 200
_DECORATION = re.compile(r"emoji|spacer|pixel|placeholder|blank\.gif", re.IGNORECASE)
_NOT_AN_ARTICLE = {
    "error404": RejectionReason.ERROR_PAGE,
    "attachment": RejectionReason.ATTACHMENT,
    "search-results": RejectionReason.LISTING,
    "archive": RejectionReason.LISTING,
}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What extraction knows of the site: its name in the archive, its settings, the copy it was fetched from."""

    name: str
    site: Site
    rebase: Rebase | None = None

    @property
    def fingerprint(self) -> str:
        """Names this extractor with these settings; another fingerprint makes the archive extract anew."""
        relevant = self.site.model_dump_json(include={"name", "base_url", "languages", "kinds", "listings", "extract"})
        return f"{EXTRACTOR_VERSION}-{hashlib.sha256(relevant.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Extraction:
    """The outcome and how it came about: every block with the rule that dropped it, the evidence for the language."""

    outcome: Article | Rejection
    blocks: tuple[Block, ...] = ()
    container: str = ""
    language: Verdict | None = None


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
    root = parse(decode(capture.body, capture.headers))
    if root is None:
        return Extraction(_rejection(capture, knowledge, RejectionReason.NOT_HTML, "no element in the answer"))
    reason, detail = _page_rejection(root)
    if reason:
        return Extraction(_rejection(capture, knowledge, reason, detail))
    return _Page(capture, knowledge, kind, path, root).extraction()


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
        self.tree = walk(root, rules.inline_rule)
        settings = self.site.extract
        self.site_place = container.by_site_rule(root, settings.item, settings.keep)
        kept = set(self.site_place.bodies) if self.site_place else set()
        self.element_rules = rules.node_rules(self.tree, self._dropped_by_site(), kept)
        for block in self.tree.blocks:
            block.rule = self.element_rules[block.node]

    def _dropped_by_site(self) -> set[Element]:
        drop = ", ".join(self.site.extract.drop)
        item = self.site_place.item if self.site_place else None
        # Outside the article's own element everything is dropped anyway; matching selectors there is the dear part.
        return set(select(drop, item if item is not None else self.root)) if drop else set()

    def extraction(self) -> Extraction:
        tree = self.tree
        place = self._place()
        self.protected = self._asks_for_password()
        if self.protected:
            container.drop_outside(tree, (), "password form")
        metadata = read_metadata(self.root, place.item, self.site.name)
        _drop_title(tree.blocks, metadata.title)
        rules.drop_byline(tree.blocks)
        kept = [block for block in tree.blocks if block.rule is None]
        verdict = self._language(kept, metadata)
        return Extraction(self._outcome(kept, place, metadata, verdict), tuple(tree.blocks), place.how, verdict)

    def _place(self) -> container.Container:
        """Find the article, and drop what is not it."""
        place = self.site_place
        if place is None:
            rules.drop_blocks(self.tree.blocks)
            place = container.by_structure(self.root, self.tree)
            container.drop_outside(self.tree, place.bodies, rules.OUTSIDE)
            rules.drop_scraps(self.tree.blocks)
        else:
            container.drop_outside(self.tree, place.bodies, rules.OUTSIDE)
            rules.drop_blocks([block for block in self.tree.blocks if block.rule is None])
        return place

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
        text = "\n".join(block.text for block in kept)
        reason, detail = self._text_rejection(text, metadata)
        if reason:
            return _rejection(self.capture, self.knowledge, reason, detail)
        terms = taxonomy.read_terms(self.root, place.item, self.site.extract.taxonomies)
        standfirst, rest = _split_standfirst(kept)
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
            images=self._images(place),
            attachments=self._attachments(place),
            places=terms.places,
            partners=terms.partners,
            captured_at=self.capture.fetched_at,
            capture_id=self.capture.id,
            extractor_version=EXTRACTOR_VERSION,
            sources={**metadata.sources, "text": place.how, "language": verdict.evidence, "kind": "address"},
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
        if not text and any(block.rule == rules.PLACEHOLDER for block in self.tree.blocks):
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

    def _images(self, place: container.Container) -> tuple[Image, ...]:
        inside = self.tree.below(set(place.bodies))
        images: dict[str, Image] = {}
        for tag, node in self.tree.images:
            url = self._absolute(tag.get("data-src") or tag.get("data-lazy-src") or tag.get("src"))
            if not inside[node] or self.element_rules[node] or url is None or self.protected:
                continue
            if _DECORATION.search(url) or _DECORATION.search(" ".join(rules.tokens(tag))):
                continue
            figure = next(tag.iterancestors("figure"), None)
            caption = next(figure.iter("figcaption"), None) if figure is not None else None
            text = tidy(" ".join(caption.itertext())) if caption is not None else ""
            images.setdefault(url, Image(url, tidy(tag.get("alt") or "") or None, text or None))
        return tuple(images.values())

    def _attachments(self, place: container.Container) -> tuple[str, ...]:
        if place.item is None:
            return ()
        inside = self.tree.below({place.item})
        found: dict[str, None] = {}
        for tag, node in self.tree.links:
            url = self._absolute(tag.get("href"))
            if url is None or self.element_rules[node] or not _FILE_NAME.search(urlsplit(url).path):
                continue
            if inside[node]:
                found.setdefault(url)
        return tuple(found)


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
    for block in [block for block in blocks if block.rule is None][:3]:
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
