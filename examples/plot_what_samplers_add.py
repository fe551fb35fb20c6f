"""
What do SMOTE, changed copies and a GAN add?
============================================

All three bring a small class to the size of a large one. What they put there differs: mixtures,
repetitions or inventions. The images tell it sooner than any score.
"""

# %%
# The images
# ----------
# Drawn fields, cropped to the cell. Lymphocytes and monocytes are rare, as they are in a smear.

from collections import Counter

import matplotlib.pyplot as plt
from imblearn.over_sampling import SMOTE

from skwbc import AugmentationOverSampler, CellCropper, GANOverSampler
from skwbc.datasets import make_blood_cells
from skwbc.displays import ImageGridDisplay

photos = make_blood_cells(300, image_shape=(120, 160, 3), overlap=0.3, random_state=2)
images = CellCropper((24, 24)).fit_transform(photos.images)
names = photos.target_names[photos.target]
print(dict(Counter(names.tolist())))

# %%
# Three samplers
# --------------
# SMOTE is imbalanced-learn's, and knows rows of numbers alone: so it gets flat images, and
# float32 in the place of uint8, in which differences of neighbours would wrap around. The other two
# take images as they are. The GAN sees a quarter of the images that it sees by default, and its
# networks are less than half as wide; batches are small, so that it takes more steps on them.

totals = {"eosinophil": 90, "lymphocyte": 60, "monocyte": 60}
smote = SMOTE(sampling_strategy=totals, random_state=0)
copies = AugmentationOverSampler(sampling_strategy=totals, random_state=0)
gan = GANOverSampler(
    sampling_strategy=totals,
    generator_filters=(48, 32, 24),
    discriminator_filters=(16, 24, 48, 64),
    max_images=16_000,
    batch_size=8,
    learning_rate=1e-3,
    averaging_images=500,
    random_state=0,
)
rows, y_mixed = smote.fit_resample(images.reshape(len(images), -1).astype("float32"), names)
mixed = rows.reshape(-1, *images.shape[1:]).round().astype("uint8")
copied, y_copied = copies.fit_resample(images, names)
invented, y_invented = gan.fit_resample(images, names)

# %%
# All put the synthetic images behind the real ones, so that those from `n_real` on are new.

n_real = len(images)
sheets = {
    "real": (images, names),
    "SMOTE": (mixed[n_real:], y_mixed[n_real:]),
    "changed copies": (copied[n_real:], y_copied[n_real:]),
    "GAN": (invented[n_real:], y_invented[n_real:]),
}
figure, axes = plt.subplots(2, 2, figsize=(9, 4.2), layout="compressed")
for ax, (title, (sheet, labels)) in zip(axes.flat, sheets.items(), strict=True):
    ImageGridDisplay.from_arrays(sheet, labels, classes=list(totals), n_columns=7, ax=ax)
    ax.set_title(title)
    if ax not in axes[:, 0]:
        ax.set_yticklabels([])
plt.show()

# %%
# - **SMOTE** draws a point on the line between an image and one of its five nearest neighbours: two
#   cells shine through each other, outlines are doubled or blurred, and no microscope saw such a
#   cell.
# - **Changed copies** are real images, mirrored and turned by up to ten degrees: sharp, right in
#   every detail, and nothing that was not there before.
# - **The GAN** draws cells that are in no photo. Size, colour and dye differ from class to class as
#   they do among the real ones; granules, lobes and vacuoles are softer than real ones or
#   missing, after a quarter of the usual training.
#
# Nice images are not yet useful ones, nor are ugly ones useless: what a classifier gains by each
# has to be measured on real test images, as in :doc:`plot_does_the_gan_help`. On photos it was
# (:doc:`/samplers`), and there the changed copies are hard to beat.
