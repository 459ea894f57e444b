"""Pure functions on counts and arrays: intervals, distances, noise floors, comparisons and skin tones. No I/O.

What others may build on, each in the module of its subject (`from toolkit.statistics.intervals import wilson`):

    intervals      wilson, clopper_pearson
    corrections    rogan_gladen, lang_reiczigel
    confusion      correct_shares
    distances      total_variation, jensen_shannon, mean_absolute_deviation, normalized_entropy
    noise_floor    noise_floor
    comparisons    benjamini_hochberg
    paired         mcnemar
    amplification  directional_amplification
    diversity      vendi
    skin           monk_tone, ita
    order          expected_maximum

These keep their names and signatures; a function that is not named here may change.
"""
