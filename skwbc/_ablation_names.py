"""Names that a study and the command line share, where nothing else need be loaded."""

HONEST, PUBLISHED = "honest", "published"  # protocols
ONLY = "only"  # of `resume`: train nothing
ARMS = (
    "original",
    "traditional",
    "GAN",
    "GAN + traditional",
    "class weights",
    "copies",
    "augmented copies",
    "SMOTE",
    "cells",
    "GAN + cells",
    "laboratories",
    "GAN + laboratories",
)
PUBLISHED_ARMS = ARMS[:4]
