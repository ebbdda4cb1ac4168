"""One module for each page or family of pages: what it asks, how it turns answers into parts, its lines of the table.

Rules
- A page asks `query` and the ports of `visit.sources`, limited by `visit.tenant`; nobody checks rights here.
- Words of a page stand beside it in `<page>_words`; its template is `templates/<page>.html`.
"""
