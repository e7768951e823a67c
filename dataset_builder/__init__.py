"""Raw news pages in; a trusted, versioned, ready-to-train stance-and-event dataset out."""

__version__ = "0.1.0"
