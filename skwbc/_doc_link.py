"""Where the documentation of a class is: the link of its HTML representation."""


class DocLinkMixin:
    """Point scikit-learn's HTML representation to the API pages of this package.

    First among the bases, it wins over imbalanced-learn's own.
    """

    _doc_link_module = "skwbc"
    _doc_link_template = "https://skwbc.readthedocs.io/en/latest/generated/skwbc.{name}.html"

    def _doc_link_url_param_generator(self):
        return {"name": type(self).__name__}
