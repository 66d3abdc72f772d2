// SPDX-License-Identifier: Apache-2.0
// CMake compiles a header ahead only where a source uses it, and main.cpp may not.
