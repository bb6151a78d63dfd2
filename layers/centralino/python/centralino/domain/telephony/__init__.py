"""The canonical language of calls: commands in, media actions out, no provider's words."""
