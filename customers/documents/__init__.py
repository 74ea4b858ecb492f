"""Customer documents: reading what people write, and writing what they would have written. Pure, no I/O.

`Problem.customer` and `Broken.slug` hold the same slug.
"""

from customers.documents.decoding import decode
from customers.documents.findings import Broken, Decoded, Parsed
from customers.documents.naming import slug_of
from customers.documents.parsing import parse
from customers.documents.writing import export, export_catalogue

__all__ = ["Broken", "Decoded", "Parsed", "decode", "export", "export_catalogue", "parse", "slug_of"]
