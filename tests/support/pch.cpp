// SPDX-License-Identifier: Apache-2.0
// Nothing here: the precompiled header of the tests and examples is built with this file.
