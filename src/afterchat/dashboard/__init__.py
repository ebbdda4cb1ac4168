"""Pages for people: what support managers, analysts and operators look at in a browser.

    values of query and figures -> parts, charts -> shell + templates -> bytes

Rules
- A page is data first: `parts` and `charts` are frozen, templates only lay them out, and no template computes.
- Everything works without JavaScript; scripts make it quicker. Nothing comes from another host.
- Every text exists in Chinese and English (`words`), every number is written in one place (`formats`).
- No script, style or handler stands in a page, so that the rules of `web.headers` can forbid them all.

What does not belong here: figures (`figures`), reading (`query`), the JSON API (`web`), processes (`server`).
"""
