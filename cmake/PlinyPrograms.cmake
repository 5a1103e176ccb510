# SPDX-License-Identifier: Apache-2.0
# For projects that use pliny:
#   pliny_add_program(NAME name SOURCES file... [EXPERIMENTS])   a program with pliny, compiled as fast as can be
#   pliny_precompile_headers(target...)                          targets with pliny share one precompiled header

# A file that includes LibTorch needs up to 2 GB to compile: the given targets compile no more of them at once than fit into
# memory (Ninja only).
function(pliny_limit_memory)
    get_property(pools GLOBAL PROPERTY JOB_POOLS)
    if(NOT pools MATCHES "(^|;)torch=")
        cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
        cmake_host_system_information(RESULT megabytes QUERY TOTAL_PHYSICAL_MEMORY)
        math(EXPR jobs "${megabytes} / 2000")
        if(jobs GREATER cores)
            set(jobs ${cores})
        elseif(jobs LESS 1)
            set(jobs 1)
        endif()
        set_property(GLOBAL APPEND PROPERTY JOB_POOLS torch=${jobs})
    endif()
    set_target_properties(${ARGN} PROPERTIES JOB_POOL_COMPILE torch JOB_POOL_PRECOMPILE_HEADER torch)
endfunction()

# The targets compile with <pliny/pliny.hpp> precompiled (with pliny::core alone, <pliny/core.hpp>), once for all targets that
# have the same options. Link the targets with pliny and set their options first: an option that comes later makes the
# compiler refuse the header.
function(pliny_precompile_headers)
    foreach(target IN LISTS ARGN)
        foreach(property TYPE LINK_LIBRARIES COMPILE_OPTIONS CXX_STANDARD CXX_EXTENSIONS POSITION_INDEPENDENT_CODE)
            get_target_property(${property} ${target} ${property})
            if(${property} MATCHES "-NOTFOUND$")
                set(${property} "")
            endif()
        endforeach()
        get_directory_property(definitions COMPILE_DEFINITIONS)

        # What the header depends on; definitions of one target are its own. Warnings count: -Wpedantic changes a macro.
        set(header <pliny/pliny.hpp>)
        if(LINK_LIBRARIES MATCHES "pliny(::|_)experiments")
            set(library pliny::experiments)
        elseif(LINK_LIBRARIES MATCHES "pliny(::|_)pliny" OR NOT LINK_LIBRARIES MATCHES "pliny(::|_)core")
            set(library pliny::pliny)
        else()
            set(library pliny::core)
            set(header <pliny/core.hpp>)
        endif()
        set(independent OFF)
        if(TYPE STREQUAL "EXECUTABLE" AND POSITION_INDEPENDENT_CODE)
            list(APPEND COMPILE_OPTIONS -fPIE)
        elseif(POSITION_INDEPENDENT_CODE OR TYPE MATCHES "^(SHARED|MODULE)_LIBRARY$")
            set(independent ON)
        endif()
        list(JOIN COMPILE_OPTIONS " " key)
        string(MD5 key
            "${library}|${key}|${CXX_STANDARD}|${CXX_EXTENSIONS}|${independent}|${definitions}|${CMAKE_CXX_FLAGS}")
        string(SUBSTRING ${key} 0 8 key)

        set(shared pliny_precompiled_${key})
        if(NOT TARGET ${shared})
            set(source ${CMAKE_CURRENT_BINARY_DIR}/${shared}.cpp)
            file(CONFIGURE OUTPUT ${source} CONTENT "// The precompiled header of several targets is built with this file.\n")
            add_library(${shared} OBJECT EXCLUDE_FROM_ALL ${source})
            target_link_libraries(${shared} PRIVATE ${library})
            target_precompile_headers(${shared} PRIVATE ${header})
            set_target_properties(${shared} PROPERTIES
                COMPILE_OPTIONS "${COMPILE_OPTIONS}" POSITION_INDEPENDENT_CODE ${independent})
            foreach(property CXX_STANDARD CXX_EXTENSIONS)
                if(NOT ${property} STREQUAL "")
                    set_property(TARGET ${shared} PROPERTY ${property} ${${property}})
                endif()
            endforeach()
            pliny_limit_memory(${shared})
        endif()
        target_precompile_headers(${target} REUSE_FROM ${shared})
    endforeach()
endfunction()

# Where there is no LibTorch, the program has pliny::core. EXPERIMENTS: linked with pliny::experiments where that was built, which compiles faster.
function(pliny_add_program)
    cmake_parse_arguments(PARSE_ARGV 0 program "EXPERIMENTS" "NAME" "SOURCES")
    if(NOT program_NAME OR NOT program_SOURCES OR program_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "Write pliny_add_program(NAME name SOURCES file... [EXPERIMENTS]), not (${ARGV})")
    endif()
    add_executable(${program_NAME} ${program_SOURCES})
    if(program_EXPERIMENTS AND TARGET pliny::experiments)
        target_link_libraries(${program_NAME} PRIVATE pliny::experiments)
    elseif(TARGET pliny::pliny)
        target_link_libraries(${program_NAME} PRIVATE pliny::pliny)
    else()
        target_link_libraries(${program_NAME} PRIVATE pliny::core)
    endif()
    pliny_limit_memory(${program_NAME})
    pliny_precompile_headers(${program_NAME})
endfunction()
