"""IPTC's digital source type as an XMP packet, for programs that look for generated media there.

IPTC Photo Metadata Standard 2022.1, “Digital Source Type”; ISO 16684-1.
"""

from __future__ import annotations

from app.provenance.record import GENERATED

_PACKET = f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="{GENERATED}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def packet() -> bytes:
    """Return the packet, at an even length."""
    data = _PACKET.encode("ascii")
    return data + b" " * (len(data) % 2)
