# SPDX-License-Identifier: Apache-2.0
# Defines pliny::nlohmann_json, pliny::CLI11, pliny::ZLIB and pliny::PNG, which stand for the targets that the project has
# already, under whichever name, or else for those of find_package. Those that are missing are named together, in one entry
# that is appended to the list pliny_problems.

# The first of the given names that is a library.
function(_pliny_first_library out)
    set(${out} "" PARENT_SCOPE)
    foreach(target IN LISTS ARGN)
        if(TARGET ${target})
            get_target_property(type ${target} TYPE)
            if(type MATCHES "_LIBRARY$")
                set(${out} ${target} PARENT_SCOPE)
                return()
            endif()
        endif()
    endforeach()
endfunction()

# _pliny_library(ZLIB MODULE zlib1g-dev zlib): the target ZLIB::ZLIB or another of the given names; else find_package.
function(_pliny_library name mode package)
    if(TARGET pliny::${name})
        return()
    endif()
    _pliny_first_library(target ${name}::${name} ${ARGN})
    if(NOT target)
        find_package(${name} ${mode} QUIET GLOBAL)
        _pliny_first_library(target ${name}::${name})
    endif()
    if(NOT target)
        set(pliny_missing ${pliny_missing} ${name} PARENT_SCOPE)
        set(pliny_missing_packages ${pliny_missing_packages} ${package} PARENT_SCOPE)
        return()
    endif()

    add_library(pliny::${name} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(pliny::${name} INTERFACE ${target})

    # zlib and libpng, as subfolders of a project, make targets that do not say where their headers are: one is in the
    # folder of the sources, the one that is generated beside the build.
    get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
    get_target_property(imported ${target} IMPORTED)
    get_target_property(type ${target} TYPE)
    if(NOT folders AND NOT imported AND type MATCHES "^(STATIC|SHARED)_LIBRARY$")
        get_target_property(sources ${target} SOURCE_DIR)
        get_target_property(build ${target} BINARY_DIR)
        target_include_directories(pliny::${name} INTERFACE ${sources} ${build})
    endif()
endfunction()

set(pliny_missing "")
set(pliny_missing_packages "")
_pliny_library(nlohmann_json CONFIG nlohmann-json3-dev nlohmann_json)
_pliny_library(CLI11 CONFIG libcli11-dev CLI11)
_pliny_library(ZLIB MODULE zlib1g-dev ZLIB::ZLIBSTATIC zlibstatic zlib)
_pliny_library(PNG MODULE libpng-dev png_static png_shared png)
if(pliny_missing)
    list(JOIN pliny_missing ", " pliny_missing)
    list(JOIN pliny_missing_packages " " pliny_missing_packages)
    string(CONCAT pliny_missing
        "Libraries that pliny::pliny needs were not found: ${pliny_missing}."
        " On Debian and Ubuntu: apt-get install ${pliny_missing_packages}."
        " A project that has them as targets makes those before pliny")
    list(APPEND pliny_problems "${pliny_missing}")
endif()
