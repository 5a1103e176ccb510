# SPDX-License-Identifier: Apache-2.0
# `cmake --install` copies the headers, pliny::experiments, and what find_package(pliny) needs: an export set for each of
# core, pliny and experiments, so that none asks for more than it needs.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(parts core)
set(modules PlinyPrograms.cmake PlinyHana.cmake)
if(PLINY_TORCH)
    list(APPEND parts pliny)
    list(APPEND modules PlinyTorch.cmake PlinyLibraries.cmake)
endif()
if(TARGET pliny_experiments AND PLINY_EXPERIMENTS)
    if(PLINY_NATIVE)
        message(STATUS "pliny::experiments is not installed: it is built for this processor (PLINY_NATIVE)")
    else()
        list(APPEND parts experiments)
    endif()
endif()

# Headers serve all kinds of machines, a compiled library one.
if("experiments" IN_LIST parts)
    set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pliny)
    set(independent)
else()
    set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/pliny)
    set(independent ARCH_INDEPENDENT)
endif()

foreach(part IN LISTS parts)
    install(TARGETS pliny_${part} EXPORT pliny-${part} FILE_SET HEADERS)
    install(EXPORT pliny-${part} NAMESPACE pliny:: FILE pliny-${part}-targets.cmake DESTINATION ${package_dir})
endforeach()

write_basic_package_version_file(${PROJECT_BINARY_DIR}/pliny-config-version.cmake
    COMPATIBILITY SameMinorVersion ${independent})
configure_file(${PROJECT_SOURCE_DIR}/cmake/pliny-config.cmake.in ${PROJECT_BINARY_DIR}/pliny-config.cmake @ONLY)
list(TRANSFORM modules PREPEND ${PROJECT_SOURCE_DIR}/cmake/)
install(FILES ${modules} ${PROJECT_BINARY_DIR}/pliny-config.cmake ${PROJECT_BINARY_DIR}/pliny-config-version.cmake
    DESTINATION ${package_dir})
