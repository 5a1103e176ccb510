# SPDX-License-Identifier: Apache-2.0
# pliny::experiments: what of the headers does not depend on a network, compiled once. The headers see
# PLINY_EXPERIMENTS_COMPILED in the programs that link it, and declare those parts only.
#
# A library for others has code for any processor of its kind and any place in memory, so it cannot share the precompiled
# headers of tests and programs; one of its own would cost more than it saves. With PLINY_NATIVE the library is for the tests
# and programs of this build folder alone, and not installed: what runs in every step (training.cpp) is compiled as programs are,
# the command line, files, data sets and pages as tests are.

file(GLOB experiment_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/experiments/*.cpp)
if(NOT experiment_sources)
    return()
endif()

add_library(pliny_experiments STATIC)
add_library(pliny::experiments ALIAS pliny_experiments)
target_link_libraries(pliny_experiments PUBLIC pliny_pliny)
target_compile_definitions(pliny_experiments PUBLIC PLINY_EXPERIMENTS_COMPILED=1)
set_target_properties(pliny_experiments PROPERTIES EXPORT_NAME experiments)
if(NOT PLINY_EXPERIMENTS)
    set_target_properties(pliny_experiments PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
if(PLINY_NATIVE AND TARGET pliny_program_pch)
    list(FILTER experiment_sources EXCLUDE REGEX "/training\\.cpp$")
    add_library(pliny_experiment_files OBJECT ${experiment_sources})
    target_compile_definitions(pliny_experiment_files PRIVATE PLINY_EXPERIMENTS_COMPILED=1)
    pliny_compile_as_test(pliny_experiment_files)
    target_sources(pliny_experiments PRIVATE ${PROJECT_SOURCE_DIR}/src/experiments/training.cpp
        $<TARGET_OBJECTS:pliny_experiment_files>)
    pliny_compile_as_program(pliny_experiments)
else()
    target_sources(pliny_experiments PRIVATE ${experiment_sources})
    set_target_properties(pliny_experiments PROPERTIES POSITION_INDEPENDENT_CODE ON)
    if(TARGET pliny_dev) # the warnings; whoever installs the library has no need of that target
        target_link_libraries(pliny_experiments PRIVATE $<BUILD_INTERFACE:pliny_dev>)
    endif()
    pliny_limit_memory(pliny_experiments)
endif()
