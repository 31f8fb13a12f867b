// One loop, several processors.
//
// Packages are built for plain x86-64. A function marked ATHANOR_CLONES is compiled for it and again for AVX2, and the
// loader picks the one that the processor runs. The source is the same plain C++, and -ffp-contract=off (see
// lib/CMakeLists.txt) keeps products and sums apart, so the results are equal to the last bit.
//
// Sanitizers instrument code that would run before they are ready, and other processors and C libraries have no such
// loader: there the mark means nothing. A marked function is local to its source: compilers disagree about the names
// that its copies have.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ATHANOR_CLONES
#endif
#endif
#if !defined(ATHANOR_CLONES)
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ATHANOR_CLONES [[gnu::target_clones("avx2", "default")]]
#else
#define ATHANOR_CLONES
#endif
#endif
