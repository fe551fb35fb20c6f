"""
Does the GAN help?
==================

A GAN has seen nothing but the training images, so what it draws may teach a classifier nothing
new. Whether it does is measured on real images that neither has seen, on several folds, and beside
changed copies, which cost nothing. :class:`~skwbc.AblationStudy` does that. Here is a small one, of
a GAN that is cut too short to help: it shows how a study is read, and how little it may mean.
"""

# %%
# The images
# ----------
# Drawn fields, cropped to the cell. The rarest two classes have thirty images each.

import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skwbc import AblationStudy, CellCropper, GANOverSampler, ablation_arms
from skwbc.datasets import make_blood_cells
from skwbc.displays import AblationDisplay, ImageGridDisplay
from skwbc.metrics import CellFeatures

photos = make_blood_cells(
    200, weights=(0.25, 0.15, 0.15, 0.45), image_shape=(120, 160, 3), random_state=4
)
images = CellCropper((24, 24)).fit_transform(photos.images)
names = photos.target_names[photos.target]

# %%
# The study
# ---------
# An arm is what is done about few images. Three are compared: nothing, changed copies, and a GAN,
# the last two up to 80 images of each class. In each of five folds all arms have the same rows and
# seeds. The GAN is trained anew in each, and therefore cut to 500 images in the place of 64,000,
# without a choice of its best moment. It would refuse what it draws after that, unless
# `max_distance` and `min_diversity` let it pass.
#
# The model is a quick one: form and colours of the cell, measured, and a logistic regression.
# Without `models` the study trains two networks, and without `arms` the four published arms.

gan = GANOverSampler(
    generator_filters=(48, 32, 24),
    discriminator_filters=(16, 24, 48, 64),
    max_images=500,
    batch_size=8,
    learning_rate=1e-3,
    averaging_images=250,
    validation_fraction=0,
    max_distance=None,
    min_diversity=0,
)
arms = ablation_arms(gan=gan, samples_per_class=80)
model = make_pipeline(CellFeatures(), StandardScaler(), LogisticRegression(max_iter=1000))
study = AblationStudy(
    {"features": model},
    {
        "original": {},
        "augmented copies": {"sampler": arms["augmented copies"]["sampler"]},
        "GAN": {"sampler": arms["GAN"]["sampler"]},
    },
    cv=5,
    random_state=0,
)
study.fit(images, names)
study.table().round(2)

# %%
# Read it from the bottom: the constant guess names the most frequent class every time. Its accuracy
# is what an arm has to beat, and its balanced accuracy is a quarter. Then look at what the model
# was given in the arm of the GAN, here in the first fold:

ImageGridDisplay.from_arrays(*study.synthetic_["GAN"])
plt.show()

# %%
# The differences
# ---------------
# Fold by fold, and with the interval that five folds allow, which share most of their training
# images. `smallest_difference` is what a study of this size finds four times in five.

differences = study.compare("augmented copies").loc["balanced_accuracy"]
differences.round(2)

# %%

AblationDisplay.from_estimator(study, baseline="augmented copies")
plt.show()

# %%
# In words:

for sentence in study.verdict():
    print(sentence)
for arm, row in differences.loc["features"].iterrows():
    width = 100 * (row["high"] - row["low"])
    holds = "holds zero" if row["low"] <= 0 <= row["high"] else "does not hold zero"
    print(f"{arm}: the interval is {width:.0f} points wide and {holds}.")

# %%
# The sheet shows noise, with hardly a cell in it. Whether the verdict says so depends on the folds:
# an interval may hold zero though the arms differ by several points, and "not distinguishable"
# does not mean "as good". `smallest_difference` tells how large a difference has to be.
#
# To ask about a GAN, let it train to its end, on your own images and on more folds:
# ``skwbc ablation --data my-cells --cv 5 --repeats 3``. For photos of BCCD the answer stands in
# :doc:`/results`, and for crops in :doc:`/samplers`.
