"""Published examples with the values their sources print, or that were worked out from them by hand."""

# NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.2, individuals chart
NIST_INDIVIDUALS = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
NIST_INDIVIDUALS_MEAN = 50.81
NIST_INDIVIDUALS_MEAN_RANGE = 1.877778
NIST_INDIVIDUALS_LIMITS = (45.815111, 55.804889)  # with 2.66

# NHSRplotthedots, vignette "Deviations from Excel": one wild value among ones and twos
NHSR_OUTLIER = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
NHSR_OUTLIER_MEAN = 1.944444
NHSR_UNSCREENED = (-3.062614, 6.951503)
NHSR_SCREENED = (-0.715556, 4.604444)

# NHSRplotthedots, unit tests of its rules
NHSR_SHIFT = ([1, 1, 1, 1, 1, 1, 1, 1, -1], [0, 0, 0, 0, 0, 0, 1, 1, 0])
NHSR_TREND = ([2, 1, 2, 3, 4, 5, 6, 7, 3], [0, 0, 0, 0, 0, 0, 0, 1, 0])
NHSR_TWO_OF_THREE = ([0, 0, 1, 1, 0, 0, 0], [1] * 7, [0, 1, 1, 1, 1, 0, 0])
NHSR_OPPOSITE = [1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 5.5, -5.5]

# NIST/SEMATECH e-Handbook 6.3.3.2, thirty wafers of fifty chips
NIST_FRACTIONS = [
    0.24, 0.30, 0.16, 0.20, 0.08, 0.14, 0.32, 0.18, 0.28, 0.20, 0.10, 0.12, 0.34, 0.24, 0.44,
    0.16, 0.20, 0.10, 0.26, 0.22, 0.40, 0.36, 0.48, 0.30, 0.18, 0.24, 0.14, 0.26, 0.18, 0.12,
]  # fmt: skip
NIST_FRACTIONS_SIZE = 50
NIST_FRACTIONS_CHART = (0.231333, 0.052428, 0.410239)
NIST_FRACTIONS_OUTSIDE = (14, 22)  # the 15th and the 23rd

# Unequal samples, worked by hand from the formulas of NIST 6.3.3.2 and Laney 2002
UNEQUAL_EVENTS = [9, 12, 8, 15, 11]
UNEQUAL_SIZES = [100, 120, 90, 110, 95]
UNEQUAL_CENTRE = 0.10679611650485436
UNEQUAL_UPPER = [
    0.199452274100506,
    0.19137922918300776,
    0.204464282252111,
    0.19514029643555203,
    0.20185932838538337,
]
UNEQUAL_LOWER = [
    0.014139958909202721,
    0.022213003826700953,
    0.00912795075759773,
    0.018451936574156683,
    0.011732904624325358,
]
LANEY_SPREAD = 0.6396537494831284
LANEY_UPPER = [
    0.1660639751236126,
    0.16090002167238912,
    0.16926992493022672,
    0.16330580244253728,
    0.1676036564221438,
]

# Newcombe 1998, Statistics in Medicine 17:857 and 17:873
WILSON = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
NEWCOMBE = (56, 70, 48, 80, 0.2, 0.05243147121804567, 0.3338726550160079)

# Spiegelhalter 2005: limits around 0.8, by size, 95% and 99.8%
FUNNEL_AROUND_08 = {
    20: (0.6247, 0.9753, 0.5236, 1.0),
    50: (0.6891, 0.9109, 0.6252, 0.9748),
    100: (0.7216, 0.8784, 0.6764, 0.9236),
    400: (0.7608, 0.8392, 0.7382, 0.8618),
}

# Card and Krueger 1994, American Economic Review 84:772, table 3 (rounded cells)
CARD_KRUEGER = ((20.44, 21.03), (23.33, 21.17), 2.75)

# Barnett, van der Pols and Dobson 2005, International Journal of Epidemiology 34:215
REGRESSION_TO_MEAN = {
    "mean": 50,
    "between": 9,
    "within": 7,
    "cut": 60,
    "once": 6.135142961658509,
    "twice": 3.587513556060268,
}

# scrucca/qcc 3.0 vignette: centre, lower and upper limit of its data sets
QCC_P_ORANGE = (0.2313333, 0.05242755, 0.4102391)
QCC_P_ORANGE_WITHOUT = (0.215, 0.04070284, 0.3892972)  # without samples 15 and 23
QCC_P_ORANGE_2 = (0.1108333, 0.0, 0.2440207)
QCC_C_CIRCUIT = (19.84615, 6.481447, 33.21086)
QCC_C_CIRCUIT_WITHOUT = (19.66667, 6.362532, 32.9708)  # without 6 and 20
QCC_U_PC = (1.93, 0.06613305, 3.793867)
QCC_XMR_VISCOSITY = (34.088, 32.56504, 35.61096)

# Vancouver 3-1-1, January 2023 to July 2024, worked out from the city's daily files
CITY_MONTHLY_ABANDONED = [
    6.053, 5.046, 4.817, 4.829, 4.683, 3.854, 4.823, 4.138, 3.988, 5.052, 5.925, 5.751,
    4.529, 6.933, 7.575, 4.962, 5.752, 4.607, 7.384,
]  # fmt: skip
CITY_XMR = (5.3001, 2.6794, 7.9207)
CITY_POOLED = 5.2698
CITY_SPREAD = 3.4033
CITY_OUTSIDE_PLAIN, CITY_OUTSIDE_LANEY = 257, 19
