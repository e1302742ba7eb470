"""Where a result came from, written into the file itself, in its container's own way. Standard library only.

No library does this for all of them under a licence that lets this project ship it: mutagen is under the GPL, and
libsndfile writes its few texts only while it writes the sound. So each container has a small writer here, which leaves
the sound alone.
"""
