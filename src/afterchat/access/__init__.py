"""Who may see and do what: users, passwords, login sessions, roles, masks, and the audit of it.

    login form -> gate -> throttle -> password -> session and its cookie
    request    -> cookie -> gate -> Identity: role, rights, tenant, CSRF token
    record     -> masking -> what these rights may see of it

Rules
- Whoever is not known gets nothing, and every refusal of a login looks and lasts the same.
- What is secret (passwords, cookies, hashes, CSRF keys) stands in no `repr`, no message and no log.
- A field or a right that no table names is refused: what is forgotten stays hidden.
- Every change that somebody makes leaves a line in the audit, in the same transaction.

What does not belong here: HTTP itself (`web`), API tokens (`store.bearer`), SQL (`store.sql.people`).
"""
