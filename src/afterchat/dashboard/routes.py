"""PAGE_ROUTES: the page table. The router, the navigation and the tests' matrix of rights are drawn from it."""

from __future__ import annotations

from afterchat.dashboard.pages import (
    account,
    audit,
    definitions,
    deliveries,
    health,
    insight,
    login,
    people,
    session,
    sessions,
    tokens,
    views,
)
from afterchat.dashboard.pages.account_words import WORDS as ACCOUNT_WORDS
from afterchat.dashboard.pages.definitions_words import WORDS as DEFINITIONS_WORDS
from afterchat.dashboard.pages.deliveries_words import WORDS as DELIVERIES_WORDS
from afterchat.dashboard.pages.health_words import WORDS as HEALTH_WORDS
from afterchat.dashboard.pages.insight_words import WORDS as INSIGHT_WORDS
from afterchat.dashboard.pages.login_words import WORDS as LOGIN_WORDS
from afterchat.dashboard.pages.people_words import WORDS as PEOPLE_WORDS
from afterchat.dashboard.pages.session_words import WORDS as SESSION_WORDS
from afterchat.dashboard.pages.sessions_words import WORDS as SESSIONS_WORDS
from afterchat.dashboard.pages.views_words import WORDS as VIEWS_WORDS
from afterchat.dashboard.visit import PageRoute
from afterchat.dashboard.words import SHELL_WORDS, Table, Words

__all__ = ["PAGE_ROUTES", "PAGE_WORDS", "WORD_TABLES"]

PAGE_ROUTES: tuple[PageRoute, ...] = (
    *login.ROUTES,
    *insight.ROUTES,
    *sessions.ROUTES,
    *session.ROUTES,  # its {id} would take any other path below
    *deliveries.ROUTES,
    *health.ROUTES,
    *definitions.ROUTES,
    *people.ROUTES,
    *tokens.ROUTES,
    *audit.ROUTES,
    *account.ROUTES,
    *views.ROUTES,
)

WORD_TABLES: tuple[Table, ...] = (
    SHELL_WORDS,
    LOGIN_WORDS,
    INSIGHT_WORDS,
    SESSIONS_WORDS,
    SESSION_WORDS,
    DELIVERIES_WORDS,
    DEFINITIONS_WORDS,
    HEALTH_WORDS,
    PEOPLE_WORDS,
    ACCOUNT_WORDS,
    VIEWS_WORDS,
)
"""Everything that pages say."""

PAGE_WORDS = Words(*WORD_TABLES)
