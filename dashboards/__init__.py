"""Pages over run folders: they read tables only, need no network and no model."""
