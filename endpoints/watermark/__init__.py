"""A watermark that is heard by a network and hardly by anybody else: put into sound, and listened for."""
