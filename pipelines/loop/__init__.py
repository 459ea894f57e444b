"""One turn from data to a mended model as one recipe: curate, train, generate, audit, mitigate, audit."""
