"""Organisations that a text makes act."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.facts.partner_words import known_organisations
from pipeline.facts.partners import find_partners
from pipeline.records import Partner


def names(text, **options):
    return [p.name for p in find_partners("", text, **options)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Un don de l’UE et de l’Union Européenne.", ["Union européenne"]),
        ("La fondation Bill et Mélinda Gates aide.", ["Fondation Bill & Melinda Gates"]),
        ("L’agence de l’Eau Loire Bretagne aide.", ["Agence de l'eau Loire-Bretagne"]),
        ("Le SIAAP et l’UNICEF aident.", ["SIAAP", "UNICEF"]),
        ("L’union européenne des poètes", []),
        ("une banque mondiale", []),
        ("Ils vont de suez à Orange.", []),
        ("Avec le soutien d’Orange.", ["Orange"]),
        ("Un mot de la Wallonie.", []),
        ("Le marché est financé par la WALLONIE.", ["Wallonie"]),
    ],
)
def test_a_well_known_organisation_is_found_in_its_spellings(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("l’Association des Maires de Zélande et le Centre", ["Association des Maires de Zélande"]),
        ("l’Institut Zébulon et la Ville de Paris", ["Institut Zébulon"]),
        ("la Fondation Zébulon et une école", ["Fondation Zébulon"]),
        ("Le Syndicat des eaux de la vallée (SEV) agit.", ["Syndicat des eaux de la vallée"]),
        ("Agence ivoirienne du plastique durable (AIPD)", ["Agence ivoirienne du plastique durable"]),
        ("le ministère de l’Eau et de l’Énergie du Zanzibar", ["Ministère de l’Eau et de l’Énergie"]),
        (
            "le Ministère de la Jeunesse, de la Culture et des Sports",
            ["Ministère de la Jeunesse, de la Culture et des Sports"],
        ),
        ("l’Ambassade de France au Zanzibar", ["Ambassade de France au Zanzibar"]),
        ("l’Université du Zanzibar à Mkokotoni", ["Université du Zanzibar à Mkokotoni"]),
        ("l’ONG kényane Zuri a agi", ["Zuri"]),
        ("l’ONG « Eau Pure » a agi", ["Eau Pure"]),
        ("une convention avec la société nationale des eaux, Nam Zuri, suit", ["Nam Zuri"]),
        ("en partenariat avec l’association Zuri", ["Zuri"]),
        ("en partenariat avec Zurich Métropole", ["Zurich Métropole"]),
        ("avec l’appui du Young Writers Association of Zanzibar", ["Young Writers Association of Zanzibar"]),
        ("avec le soutien du secrétariat d’État à la Mer", ["Secrétariat d’État à la Mer"]),
        (
            "porté par Zurich, le Département du Zanzibar et la Région Zébulon",
            ["Département du Zanzibar", "Région Zébulon"],
        ),
        ("organisé par la Communauté de communes du Zanzibar", ["Communauté de communes du Zanzibar"]),
        ("financée par l’Agence nationale du Sport", ["Agence nationale du Sport"]),
        ("Partenaires : Théâtre de la Ville, Zuri", ["Théâtre de la Ville"]),
        ("Le REFELA-Zan est né.", ["REFELA-Zan"]),
        ("l’Institut Zébulon et Amandine Zurita", ["Institut Zébulon"]),
        ("l’Union mondiale des Villes Olympiques", ["Union mondiale des Villes Olympiques"]),
        ("l’ONG Zuri.Eau a agi", ["Zuri.Eau"]),
        ("porté par la Direction des Affaires Sociales de la CUA", ["Direction des Affaires Sociales"]),
        ("Maîtrise d’œuvre : ZURI Assistance à maîtrise d’ouvrage : ZORA", ["ZURI", "ZORA"]),
        ("l’incubateur ZuriLab pilote le projet", ["ZuriLab"]),
    ],
)
def test_a_name_is_read_by_its_grammar(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "L’association et la Banque se sont réunies au ministère.",
        "Organisation de sessions de formation",
        "l’Assemblée Générale de la Ville de Paris",
        "avec l’appui du Conseil municipal de Zurich",
        "la Maison des Jeunes de Zurich a ouvert",
        "l’Office National",
        "dans le département du Zanzibar",
        "la région de Zanzibar",
        "le projet « Maison Zébulon »",
        "Projet d’Appui aux Zones (PAZ)",
        "le Fonds de coopération de l’AIMF",
        "l’AIMF, Association internationale des maires francophones",
        "appuyé par la Communauté urbaine de Zurich",
        "le ministère en charge de la Santé",
    ],
)
def test_what_names_no_partner_is_left(text):
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("en partenariat avec le ZURI et la ville de Rome", ["ZURI"]),
        ("Partenaires techniques : Ville de Rome, ZURI, AIMF, ZORA LAB", ["ZURI", "ZORA LAB"]),
        ("financé conjointement par la Mairie de Rome et le ZURI", ["ZURI"]),
        ("grâce à ses voisins, le ZURI et la ZORA", ["ZURI", "ZORA"]),
        ("avec l’expertise technique de Zénith et Rivages d’Opale (ZERO)", ["Zénith et Rivages d’Opale"]),
        ("en partenariat avec la Trans Zuri Connexion", ["Trans Zuri Connexion"]),
        ("en partenariat avec le Burkina Faso et la Docteure Zuri Roma", []),
        ("en partenariat avec Zuri Roma, peintre", []),
        (
            "avec le concours de l’Association zanzibarienne des architectes",
            ["Association zanzibarienne des architectes"],
        ),
        ("L’Association zanzibarienne des architectes dort.", []),
        ("un lieu géré par Zurix, qui y loge", ["Zurix"]),
        ("un lieu géré par Amandine, qui y loge", []),
        ("Voici la présidente de l’association Zuri.\nZuri a organisé la fête.", ["Zuri"]),
        ("Voici la présidente de l’association Zuri.\nZuri dort.", []),
        ("Grâce au Festival de Port-Zuri (FPZ), le FPZ vit.", []),
        ("aux côtés des ZURI", []),
        ("avec l’appui du projet ZURI", []),
        ("avec l’appui du SIM_zuri", []),
        ("avec l’appui des PME", []),
        ("Le ZURI dort.", []),
    ],
)
def test_a_role_betrays_an_unknown_acronym(text, found):
    assert names(text) == found


def test_an_organisation_is_one_partner_with_all_its_mentions():
    text = "Le Syndicat des eaux de Zanzibar (SEZ) agit. Financé par le SEZ, le puits du Syndicat des Eaux du Zanzibar suit."
    (partner,) = find_partners("", text)
    assert (partner.name, partner.acronym) == ("Syndicat des eaux de Zanzibar", "SEZ")
    assert [text[s.start_chars : s.end_chars] for s in partner.spans] == [
        "Syndicat des eaux de Zanzibar",
        "SEZ",
        "Syndicat des Eaux du Zanzibar",
    ]


def test_a_partner_of_the_title_comes_first_and_has_no_span():
    first, second = find_partners("Avec l’Unicef", "Le PNUD aussi.")
    assert (first.name, first.spans) == ("UNICEF", ())
    assert (second.name, second.acronym) == ("Programme des Nations unies pour le développement", "PNUD")


def test_what_other_articles_spell_out_is_known():
    known = {"ZUR": "Réseau des Zones Unies de Rome", "PZU": "Projet de Zone Urbaine"}
    (partner,) = find_partners("", "Le ZUR et le PZU.", known=known)
    assert (partner.name, partner.acronym) == ("Réseau des Zones Unies de Rome", "ZUR")


def test_a_tag_adds_what_the_text_does_not_name():
    tags = (Partner("GIZ"), Partner("Union Européenne"))
    assert names("L’Union européenne aide.", tagged=tags) == ["Union européenne", "GIZ"]


def test_the_list_of_organisations_has_no_spelling_of_two_meanings():
    long, short = known_organisations()
    spelled = [(s.words, s.organisation.name) for spellings in long.values() for s in spellings]
    assert len(dict(spelled)) == len(set(spelled))
    assert all(organisation.name for organisation in short.values())


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            "Association Ministère Institut de des l’ d’ la Ville et à Zuri ZURI (ZURI) partenariat avec Métropole of en "
            "secrétariat d’État Communauté communes Département , . : ( ) « » \n ONG financé par eau organisation".split(
                " "
            )
        ),
        max_size=40,
    ).map(" ".join)
    | st.text(max_size=100)
)
def test_any_text_is_read_and_spans_are_apart(text):
    spans = sorted((s.start_chars, s.end_chars) for p in find_partners(text, text) for s in p.spans)
    assert all(text[start:end].strip() for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


@pytest.mark.parametrize(
    "piece",
    [
        "Association ",
        "Ministère de, ",
        "avec l’appui de ",
        "ONG a ",
        "Projet ZURI (",
        "A",
        "Zuri ",
        "partenariat avec ZURI, ",
        "(AB) ",
    ],
)
def test_time_grows_with_the_text_only(piece):
    find_partners("", piece)
    start = time.perf_counter()
    find_partners("", piece * (100_000 // len(piece)))
    assert time.perf_counter() - start < 10
