#include <stddef.h>
#include <stdint.h>

// libFuzzer as a library (compiler-rt, FuzzerDriver.cpp): reads its own flags and returns when it is done.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*check)(const uint8_t *data, size_t size));
