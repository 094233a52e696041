"""The collision audit: words that must meet in the index, words that must not."""

from __future__ import annotations

import pytest

from index.french import analyze

MEET = """
élu élus | élu élue | élu élues | régional régionaux | régional régionale | œuvre oeuvre | Œuvres oeuvre | Huê Hue | Hué Hue
développement developpement | N’Djamena Ndjamena | N'Djaména ndjamena | commune communes | ville villes | eau eaux
réseau réseaux | local locaux | locales locaux | municipal municipaux | national nationales | travail travaux | journal journaux
bureau bureaux | projet projets | femme femmes | maire maires | mairie mairies | citoyen citoyenne | citoyens citoyennes
africain africaine | européen européenne | directeur directrice | acteur actrices | premier première | policier policière
nouveau nouveaux | culturel culturelle | culturels culturelles | actif active | sportif sportives | heureux heureuse
réhabiliter réhabilité | réhabiliter réhabilitée | former formés | réunir réuni | réunie réunis | état Etat | ÉTAT état
vœux voeux | cœur coeur | vivre-ensemble vivreensemble | e-sport esport | plate-forme plateforme | A.I.M.F. AIMF | AIMF aimf
98e 98ème | 1er 1ère | 35\u00a0000 35000 | aujourd’hui aujourd'hui | Port-Louis port-louis | déchet déchets | forêt forêts
hôpital hôpitaux | égalité égalités | santé sante | financier financières | ancien anciennes | marché marchés
intercommunal intercommunaux | quartier quartiers | bénéficiaire bénéficiaires | lampadaire lampadaires
"""
APART = """
commune communication | COP coopération | ville villa | maire mairie | ville village | port porte | poste post | pays paye
fonds fond | forme formation | état étatique | eau oeuf | mer mère | mois moi | cours cour | foi fois | cadre cadran
commune communauté | région régime | femme femelle | élu élite | finance finition | projet projection
maison maisonnette | société socialisme | action acte | nation national | santé sanitaire | climat climatiseur
station statue | transport transfert | diplomatie diplôme | jeune jeu | urbain urbanisme | emploi employé | culture cultivateur
hiver VIH | ODD ode | Mali malice | Niger Nigéria | Guinée guignol | Congo congé | Lomé lot | Tunis tunique | Dakar dak
sport port | vote vœu | centre central | musée muse | rue ruelle | parc parcelle | banque banquet | conte compte
"""


def pairs(table: str) -> list[tuple[str, str]]:
    found = [tuple(pair.strip().split(" ", 1)) for line in table.strip().splitlines() for pair in line.split("|")]
    return [(left, right) for left, right in found]


def terms(word: str) -> set[str]:
    return {token.stem for token in analyze(word) if token.stem is not None}


@pytest.mark.parametrize(("left", "right"), pairs(MEET))
def test_words_that_must_meet(left, right):
    assert terms(left) & terms(right)


@pytest.mark.parametrize(("left", "right"), pairs(APART))
def test_words_that_must_stay_apart(left, right):
    assert not terms(left) & terms(right)
