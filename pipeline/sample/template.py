"""Items → HTML, with the boilerplate that a WordPress site built with Elementor wraps round every text.

Nothing here is pretty on purpose: a script before the doctype, cards of other articles with their own taxonomy
classes, a hidden placeholder, popups after the footer. May import: items.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from pipeline.sample.items import KIND_LABELS, LISTINGS, Block, Item, Label

SITE_NAME = "Villes d’Exemple"

BOILERPLATE = (
    "Aller au contenu",
    "Partagez cet article",
    "Ces articles pourraient vous intéresser",
    "Lorem ipsum dolor sit amet",
    "Découvrez les autres contenus",
    "Recevez notre lettre",
    "Entrez votre adresse",
    "Tous droits réservés",
    "Voir toutes les publications",
)
"""What no article may contain, beside the summaries of other articles."""

# As a debugging aid left in production would print it; every parser has to cope.
BEFORE_DOCTYPE = "<script>console.log('Objet de requête : exemple');</script>"


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same on every page: the site's address and its menus."""

    base: str
    themes: Sequence[Label]

    def url(self, path: str) -> str:
        """Absolute address of a path."""
        return self.base.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of excerpts; `pages` are (label, path) of its pagination."""

    title: str
    path: str
    items: Sequence[Item]
    pages: Sequence[tuple[str, str]] = ()
    intro: str = ""


def item_page(frame: Frame, item: Item, related: Sequence[Item]) -> str:
    """The page of one item."""
    is_page = item.kind in ("root", "association")
    main = _wordpress_page(frame, item) if is_page else _single(frame, item, related)
    body = f"{item.kind}-template-default single single-{item.kind} postid-{item.id} elementor-default"
    head = _head(frame, item.title, item.path) + _item_head(frame, item)
    return _document(frame, head=head, body_class=body, main=main)


def listing_page(frame: Frame, listing: Listing) -> str:
    """A page that prints other pages' excerpts."""
    cards = "\n".join(_card(frame, item) for item in listing.items)
    numbers = "".join(f'<a class="page-numbers" href="{frame.url(to)}">{label}</a>' for label, to in listing.pages)
    main = (
        f'<div data-elementor-type="archive" class="elementor elementor-900 elementor-location-archive">'
        f'<h1 class="elementor-heading-title">{escape(listing.title)}</h1><p>{escape(listing.intro)}</p>'
        f"{_widget('posts.archive_custom', f'<div class=elementor-posts-container>{cards}</div>')}"
        f'<nav class="elementor-pagination">{numbers}</nav>{_filters(frame, listing.path)}</div>'
    )
    head = _head(frame, listing.title, listing.path)
    return _document(frame, head=head, body_class="archive elementor-default", main=main)


def not_found_page(frame: Frame) -> str:
    """The site's own 404 page."""
    main = "<div><h1>Page introuvable</h1><p>La page que vous cherchez a été déplacée ou n’existe plus.</p></div>"
    return _document(frame, head=_head(frame, "Page introuvable", "/404/"), body_class="error404", main=main)


# --- the article ------------------------------------------------------------------------------------------------------


def _single(frame: Frame, item: Item, related: Sequence[Item]) -> str:
    return (
        f'<div data-elementor-type="single-post" data-elementor-id="7001"'
        f' class="elementor elementor-7001 elementor-location-single {item.html_classes()}">\n'
        f'<section class="elementor-section elementor-top-section">{_breadcrumb(frame, item)}{_meta_line(frame, item)}'
        f"{_widget('theme-post-title.default', _heading(item.title))}{_chips(frame, item)}{_share()}</section>\n"
        f'<section class="elementor-section elementor-top-section"><div class="elementor-column elementor-col-66">'
        f"{_widget('text-editor.default', 'Champ réservé à la rédaction', 'cacher-widget')}"
        f"{_widget('theme-post-content.default', _content(frame, item), 'corps')}</div>\n"
        f'<div class="elementor-column elementor-col-33">{_related(frame, related)}{_sidebar(frame)}</div></section>\n'
        f"{_collaborate()}</div>"
    )


def _wordpress_page(frame: Frame, item: Item) -> str:
    return (
        f'<div data-elementor-type="wp-page" data-elementor-id="{item.id}"'
        f' class="elementor elementor-{item.id} {item.html_classes()}">\n'
        f"{_widget('heading.default', f'<h1>{escape(item.title)}</h1>')}"
        f"{_widget('text-editor.default', _content(frame, item))}</div>"
    )


def _content(frame: Frame, item: Item) -> str:
    if item.password:
        return (
            f'<form action="{frame.url("/wp-login.php?action=postpass")}" class="post-password-form" method="post">'
            "<p>Cette publication est protégée par un mot de passe. Pour la voir, saisissez-le ci-dessous :</p>"
            '<p><label>Mot de passe : <input name="post_password" type="password"></label>'
            '<input type="submit" value="Valider"></p></form>'
        )
    if item.video:
        frame_tag = f'<iframe src="{escape(item.video)}" title="{escape(item.title)}"></iframe>'
        return f'<div class="elementor-video">{frame_tag}</div>'
    parts = [_group(frame, kind, list(blocks)) for kind, blocks in groupby(item.blocks, key=lambda block: block.kind)]
    return "\n".join(parts)


def _group(frame: Frame, kind: str, blocks: Sequence[Block]) -> str:
    if kind == "li":
        return "<ul>" + "".join(f"<li>{_inline(frame, b.parts[0])}</li>" for b in blocks) + "</ul>"
    if kind == "row":
        rows = ("".join(f"<td>{_inline(frame, cell)}</td>" for cell in b.parts) for b in blocks)
        return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"
    return "\n".join(_block(frame, kind, b.parts) for b in blocks)


def _block(frame: Frame, kind: str, parts: tuple[str, ...]) -> str:
    if kind == "img":
        source = frame.url(f"/wp-content/uploads/{parts[0]}")
        return (
            f'<figure class="wp-caption"><img src="{source}" alt="{escape(parts[1])}" width="1200" height="800">'
            f"<figcaption>{escape(parts[2])}</figcaption></figure>"
        )
    if kind == "file":
        return f'<p><a href="{frame.url(f"/wp-content/uploads/{parts[0]}")}">{escape(parts[1])}</a></p>'
    inner = _inline(frame, parts[0])
    if kind == "quote":
        return f"<blockquote><p>{inner}</p></blockquote>"
    return f"<{kind}>{inner}</{kind}>"


def _inline(frame: Frame, text: str) -> str:
    """Escaped text with its links; the quotes stay, as editors type them."""
    return re.sub(
        r"\[([^\]]+)\]\(([^)]+)\)",
        lambda link: f'<a href="{frame.url(link[2])}">{link[1]}</a>',
        escape(text, quote=False),
    )


# --- what stands round it ---------------------------------------------------------------------------------------------


def _widget(kind: str, inner: str, extra: str = "") -> str:
    name = kind.partition(".")[0]
    return (
        f'<div class="elementor-element {extra} elementor-widget elementor-widget-{name}" data-element_type="widget"'
        f' data-widget_type="{kind}"><div class="elementor-widget-container">{inner}</div></div>\n'
    )


def _heading(title: str) -> str:
    return f'<h2 class="elementor-heading-title elementor-size-default">{escape(title)}</h2>'


def _breadcrumb(frame: Frame, item: Item) -> str:
    section = KIND_LABELS[item.kind]
    trail = (
        f'<span><a href="{frame.url("/")}">Accueil</a> » <a href="{frame.url(LISTINGS[item.kind])}">{section}</a>'
        f' » <span class="breadcrumb_last">{escape(item.title)}</span></span>'
    )
    return _widget("raven-breadcrumbs.default", trail)


def _meta_line(frame: Frame, item: Item) -> str:
    day = f"{item.published:%d.%m.%Y}"
    label = f'<a href="{frame.url("/types-d-article/tout/")}">{escape(item.label)}</a>'
    return _widget(
        "raven-post-meta.default",
        f'<ul class="raven-post-meta"><li>{label}</li>'
        f'<li><span class="raven-post-meta-item-type-date">{day}</span></li></ul>',
    )


def _chips(frame: Frame, item: Item) -> str:
    links = "".join(
        f'<div class="liste-etiquettes"><a href="{frame.url(label.path)}">{escape(label.name)}</a></div>'
        for label in item.labels
    )
    return _widget("text-editor.default", links, "themes-etiquettes")


def _share() -> str:
    networks = "".join(
        f'<div class="elementor-share-btn_{name}" role="button"></div>' for name in ("facebook", "linkedin")
    )
    title = '<p class="elementor-heading-title">Partagez cet article</p>'
    return _widget("heading.default", title) + _widget("share-buttons.default", networks)


def _card(frame: Frame, item: Item) -> str:
    classes = item.html_classes()
    link = f'<a href="{frame.url(item.path)}">{escape(item.title)}</a>'
    return (
        f'<article id="post-{item.id}" class="elementor-post elementor-grid-item {classes}">'
        f'<div data-elementor-type="loop" class="elementor elementor-4001 elementor-location-single {classes}">'
        f'{_meta_line(frame, item)}<h3 class="elementor-heading-title">{link}</h3>'
        f"<p>{escape(item.summary)}</p>{_chips(frame, item)}</div></article>"
    )


def _related(frame: Frame, related: Sequence[Item]) -> str:
    cards = "\n".join(_card(frame, item) for item in related)
    title = '<h3 class="elementor-heading-title">Ces articles pourraient vous intéresser</h3>'
    return _widget("heading.default", title) + _widget("posts.custom", f'<div class="elementor-posts">{cards}</div>')


def _sidebar(frame: Frame) -> str:
    links = f'<ul><li><a href="{frame.url("/ressources/toutes/")}">Voir toutes les publications</a></li></ul>'
    return _widget("icon-list.default", links, "publications-bloc-droite")


def _collaborate() -> str:
    """A block left from the theme, with its placeholder hidden by CSS only."""
    hidden = "Lorem ipsum dolor sit amet, consectetur adipiscing elit."
    return (
        '<section class="elementor-section elementor-top-section">'
        + _widget("heading.default", '<h3 class="elementor-heading-title">Collaborer</h3>', "me-cacher")
        + _widget("text-editor.default", f"<p>{hidden}</p>", "me-cacher")
        + _widget("heading.default", '<h3 class="elementor-heading-title">Gouvernance</h3>', "me-cacher")
        + _widget("text-editor.default", "<p>Découvrez les autres contenus du réseau.</p>", "me-cacher")
        + "</section>"
    )


def _filters(frame: Frame, path: str) -> str:
    """Links that lead a crawler in circles: filters, previews, a private pagination."""
    traps = ("?jsf=epro-posts:actus&tax=nos-themes:4", "?jsf=epro-posts:actus&pagenum=2", "?e-page-1a2b3c=2", "?s=eau")
    links = "".join(f'<a href="{escape(frame.url(path + trap))}" rel="nofollow">Filtrer</a>' for trap in traps)
    return f'<div class="filtres">{links}<a href="{frame.url("/?p=1101&preview=true")}">Aperçu</a></div>'


def _header(frame: Frame) -> str:
    menu = (
        ("Actualités", "/toutes-nos-actualites/"),
        ("Actions", "/nos-projets/toutes/"),
        ("Ressources", "/ressources/toutes/"),
        ("Événements", "/agenda-des-evenements/toutes/"),
        ("Qui sommes-nous", "/qui-sommes-nous"),  # without its slash: the site redirects
        ("Gouvernance", "/association/gouvernance/"),
        ("Espace de travail", "/brouillons/"),  # robots.txt closes it
    )
    links = "".join(f'<li class="menu-item"><a href="{frame.url(path)}">{name}</a></li>' for name, path in menu)
    return (
        '<a class="skip-link" href="#principal">Aller au contenu</a>\n'
        '<header data-elementor-type="header" class="elementor elementor-50 elementor-location-header">'
        f'<nav><ul class="elementor-nav-menu">{links}</ul></nav><ul>{_theme_links(frame)}</ul></header>\n'
    )


def _theme_links(frame: Frame) -> str:
    return "".join(f'<li><a href="{frame.url(theme.path)}">{escape(theme.name)}</a></li>' for theme in frame.themes)


def _footer(frame: Frame) -> str:
    newsletter = '<form><label>Entrez votre adresse <input type="email"></label><button>Valider</button></form>'
    return (
        '<div data-elementor-type="footer" class="elementor elementor-51 elementor-location-footer">'
        f"<h2>Recevez notre lettre</h2>{newsletter}"
        f'<a href="{frame.url("/nous-trouver/")}">Nous trouver</a> <a href="{frame.url("/contact/")}">Contact</a>'
        f'<p>{SITE_NAME} – Tous droits réservés</p></div>\n<div data-elementor-type="popup" class="elementor'
        f' elementor-location-popup"><h2>Tous les thèmes</h2><ul>{_theme_links(frame)}</ul>'
        f"<p>Recevez notre lettre d’actualités</p></div>"
    )


# --- the document -----------------------------------------------------------------------------------------------------


def _document(frame: Frame, *, head: str, body_class: str, main: str) -> str:
    return (
        f'{BEFORE_DOCTYPE}<!DOCTYPE html>\n<html lang="fr-FR">\n<head>{head}</head>\n'
        f'<body class="{body_class}" itemscope itemtype="http://schema.org/WebPage">\n{_header(frame)}'
        f'<main id="principal">\n{main}\n</main>\n{_footer(frame)}\n</body></html>\n'
    )


def _head(frame: Frame, title: str, path: str) -> str:
    full = escape(f"{title} — {SITE_NAME}")
    return (
        f'<meta charset="UTF-8">\n<title>{full}</title>\n<link rel="canonical" href="{frame.url(path)}">\n'
        '<meta property="og:locale" content="fr_FR">\n<meta property="og:type" content="article">\n'
        f'<meta property="og:title" content="{full}">\n'
        f'<link rel="alternate" type="application/rss+xml" href="{frame.url("/feed/")}">\n'
    )


def _item_head(frame: Frame, item: Item) -> str:
    summary = f'<meta name="description" content="{escape(item.summary)}">\n' if item.summary else ""
    return (
        f'{summary}<meta property="article:modified_time" content="{item.modified.isoformat()}">\n'
        f'<link rel="shortlink" href="{frame.url(f"/?p={item.id}")}">\n'
        f'<script type="application/ld+json">{_json_ld(frame, item)}</script>\n'
    )


def _json_ld(frame: Frame, item: Item) -> str:
    address = frame.url(item.path)
    page = {
        "@type": "WebPage",
        "@id": address,
        "url": address,
        "name": f"{item.title} — {SITE_NAME}",
        "datePublished": item.published.isoformat(),
        "dateModified": item.modified.isoformat(),
        "inLanguage": "fr-FR",
    }
    site = {"@type": "WebSite", "@id": frame.url("/#website"), "name": SITE_NAME, "inLanguage": "fr-FR"}
    graph = {"@context": "https://schema.org", "@graph": [page, site]}
    return json.dumps(graph, ensure_ascii=False).replace("<", "\\u003c")
