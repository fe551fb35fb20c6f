"""Fill each class from the best source that stands the test, and say why if it isn't the GAN."""

from skwbc._latent_interpolation import encode
from skwbc._synthetic_filter import Drawn
from skwbc._synthetic_sources import COPIES, GAN, INTERPOLATION

LEFT_OUT = {GAN: "the GAN", INTERPOLATION: "Interpolation"}  # the second begins a sentence


class ClassFiller:
    """Draw what a class needs from the GAN, from an interpolation, or as copies.

    Parameters
    ----------
    rows, y : ndarray
        Real images, flat, and their classes.
    sources : SyntheticSources
        Where to draw; what is missing there is added.
    judge : ClassJudge
        Finds faults and gives figures.
    synthetic_filter : SyntheticFilter
        Leaves out near-copies and near-twins.
    train_interpolation : callable
        ``train_interpolation()`` gives an encoder and a decoder; called at most once.
    gan_fault : str or None
        Why the GAN can't be used for any class.
    min_class_size : int
        Images that a class of the GAN has at least.
    interrupted : bool, default=False
        Whether Ctrl-C ended the training: then no other one begins.

    Attributes
    ----------
    reasons : dict of class to str
        Why a class did not get images of the GAN.
    report : dict of class to dict
        Figures of each class that was filled.
    """

    def __init__(
        self,
        rows,
        y,
        sources,
        *,
        judge,
        synthetic_filter,
        train_interpolation,
        gan_fault,
        min_class_size,
        interrupted=False,
    ):
        self.rows, self.y = rows, y
        self.sources = sources
        self.judge = judge
        self.synthetic_filter = synthetic_filter
        self.train_interpolation = train_interpolation
        self.gan_fault = gan_fault
        self.min_class_size = min_class_size
        self.interrupted = interrupted
        self.encoder = None
        self.reasons, self.report = {}, {}

    def fill(self, c, n, rng):
        """Give n rows of class c."""
        faults = []
        for source in (GAN, INTERPOLATION, COPIES):
            drawn, fault = self._try(source, c, n, rng)
            if fault is None:
                break
            faults.append(f"{LEFT_OUT[source]} was not used, because {fault}")
        if faults:
            self.reasons[c] = ". ".join(faults)
        self.report[c] = {"source": source, **self.judge.describe(c, drawn)}
        return drawn.rows

    def _try(self, source, c, n, rng):
        """Give images of a source, or the reason why they can't be used."""
        real = self.rows[self.y == c]
        fault = self._prepare(source, c, real)
        if fault is not None:
            return None, fault
        self.sources.chosen[c] = source
        if source == COPIES:
            return Drawn(self.sources.draw(c, n, rng), n, n, 0), None
        try:
            drawn = self.synthetic_filter.draw(lambda m: self.sources.draw(c, m, rng), n)
        except FloatingPointError as error:
            return None, f"of an error: {str(error).rstrip('.')}"
        return drawn, self.judge.find_fault(c, drawn, n)

    def _prepare(self, source, c, real):
        """Make a source ready for a class, or say why that can't be."""
        if source == COPIES:
            self.sources.originals[c] = real
            return None
        if source == GAN:
            if c not in self.sources.gan_classes:
                return (
                    f"the class has {_count(real)}, fewer than min_class_size={self.min_class_size}"
                )
            if (real == real[0]).all():
                return "the images of the class are all the same"
            return self.gan_fault
        if (real == real[0]).all():
            return "it needs images that differ"
        if self.interrupted:
            return "the training was interrupted"
        if self.encoder is None:
            self.encoder, self.sources.decoder = self.train_interpolation()
        settings = self.sources.image_shape, self.sources.pixel_range
        self.sources.latents[c] = encode(self.encoder, real, *settings)
        return None


def _count(images):
    return "1 image" if len(images) == 1 else f"{len(images)} images"
