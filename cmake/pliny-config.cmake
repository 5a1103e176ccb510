# SPDX-License-Identifier: Apache-2.0
# find_package(pliny)                   pliny::core and pliny::pliny
# find_package(pliny COMPONENTS core)   pliny::core alone: needs no LibTorch

include(CMakeFindDependencyMacro)

if(NOT pliny_FIND_COMPONENTS OR "pliny" IN_LIST pliny_FIND_COMPONENTS)
    if(NOT EXISTS ${CMAKE_CURRENT_LIST_DIR}/PlinyTorch.cmake)
        set(pliny_FOUND FALSE)
        set(pliny_NOT_FOUND_MESSAGE "this pliny was installed with PLINY_TORCH=OFF: use COMPONENTS core")
        return()
    endif()
    include(${CMAKE_CURRENT_LIST_DIR}/PlinyTorch.cmake)
    find_dependency(nlohmann_json CONFIG)
    find_dependency(CLI11 CONFIG)
    find_dependency(ZLIB)
    find_dependency(PNG)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/pliny-targets.cmake)
