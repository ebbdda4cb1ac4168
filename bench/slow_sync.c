/* Makes every sync slower by BENCH_SYNC_DELAY_US microseconds, for any program that it is preloaded into.
 *
 * fsync and fdatasync sleep first and then do what they always did, so that nothing becomes less durable.
 * Nothing else of the program is touched or traced, which is why this and not strace slows the disk of the benchmark.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void delay(void) {
    const char *text = getenv("BENCH_SYNC_DELAY_US");
    long microseconds = text ? atol(text) : 0;
    struct timespec pause = {microseconds / 1000000, (microseconds % 1000000) * 1000};
    if (microseconds > 0) nanosleep(&pause, NULL);
}

int fsync(int file) {
    delay();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file) {
    delay();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
