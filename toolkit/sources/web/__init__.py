"""Pictures of the open web: links from pages, lists, archives and sitemaps, and what their owners allow."""
