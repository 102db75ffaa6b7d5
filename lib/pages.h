/* pages: the memory of a process that has begun and goes on for months. */
#ifndef OCTI_PAGES_H
#define OCTI_PAGES_H

/*
 * Gives back the pages of code that beginning has touched: the system may use them for something else, and
 * they are not counted as ours. What is needed again comes back by itself, from the file. Without Linux's
 * /proc nothing happens.
 */
void pages_return(void);

#endif
