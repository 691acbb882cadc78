"""Lists with reasons, similar films, profiles; an engine built and kept."""
