/* lock: a file that one process of this machine has at a time. */
#ifndef OCTI_LOCK_H
#define OCTI_LOCK_H

#include "fail.h"

/*
 * Takes the lock, making the file when it is not there, and waits for it when `wait`. The descriptor is
 * the lock: closing it, or the end of the process, gives it back; a process made by fork has it too, a
 * program that is run has not. -1: somebody else has it (*taken, no failure), or it cannot be had (fail).
 */
int lock_take(const char *path, bool wait, bool *taken, struct fail *fail);

/* Gives it back. -1 does nothing. */
void lock_drop(int lock);

#endif
