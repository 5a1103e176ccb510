# SPDX-License-Identifier: Apache-2.0
# `cmake --install` copies the headers and what find_package(pliny) needs.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/pliny)
install(TARGETS pliny_core EXPORT pliny FILE_SET HEADERS)
if(PLINY_TORCH)
    install(TARGETS pliny_pliny EXPORT pliny FILE_SET HEADERS)
    install(FILES ${PROJECT_SOURCE_DIR}/cmake/PlinyTorch.cmake DESTINATION ${package_dir})
endif()
install(EXPORT pliny NAMESPACE pliny:: FILE pliny-targets.cmake DESTINATION ${package_dir})

write_basic_package_version_file(${PROJECT_BINARY_DIR}/pliny-config-version.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/pliny-config.cmake ${PROJECT_BINARY_DIR}/pliny-config-version.cmake
    DESTINATION ${package_dir})
