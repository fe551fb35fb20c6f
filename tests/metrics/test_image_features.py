"""What all feature extractors refuse."""

import pytest
from sklearn.base import clone

from skwbc import CNNClassifier
from skwbc.metrics import CellFeatures, ClassifierFeatures, PixelFeatures

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 5, "epochs": 1, "validation_fraction": 0}
EXTRACTORS = [CellFeatures(), PixelFeatures(), ClassifierFeatures(CNNClassifier(**SMALL))]


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda each: type(each).__name__)
def test_other_images_than_in_fit_are_named(extractor, images):
    X, y = images
    extractor = clone(extractor).fit(X, y)
    with pytest.raises(ValueError, match="Expected values in a range like that of fit, 0 to 255"):
        extractor.transform(X / 255)
    with pytest.raises(ValueError, match=r"Expected images of shape \(8, 8, 3\).*\(4, 16, 3\)"):
        extractor.transform(X.reshape(24, 4, 16, 3))
    with pytest.raises(ValueError, match="X has 191 features"):
        extractor.transform(X.reshape(24, 192)[:, 1:])


def test_one_image_has_no_principal_components(images):
    with pytest.raises(ValueError, match="minimum of 2"):
        PixelFeatures().fit(images[0][:1])
