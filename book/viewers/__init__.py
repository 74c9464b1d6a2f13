"""What pages show of finished models by sliders: data for them, and a still picture.

Everything is read from artifacts of one study, the one whose trained models come with
the repository; what is missing is made. Pages carry the data in themselves, so that
they need neither a server nor a network.
"""
