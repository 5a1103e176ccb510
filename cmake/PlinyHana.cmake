# SPDX-License-Identifier: Apache-2.0
# Defines pliny::hana, which stands for a target with the headers of Boost that the project has already, or else for the folder
# PLINY_HANA_INCLUDE, which is looked for. Where Boost.Hana is missing, that is appended to the list pliny_problems.

if(TARGET pliny::hana)
    return()
endif()

set(pliny_hana_target "")
foreach(target Boost::hana Boost::headers Boost::boost)
    if(TARGET ${target} AND NOT pliny_hana_target)
        set(pliny_hana_target ${target})
    endif()
endforeach()
if(NOT pliny_hana_target)
    find_path(PLINY_HANA_INCLUDE boost/hana/map.hpp HINTS ${Boost_ROOT} ${BOOST_ROOT} $ENV{Boost_ROOT} $ENV{BOOST_ROOT}
        PATH_SUFFIXES include DOC "The folder with boost/hana/map.hpp")
    if(NOT EXISTS "${PLINY_HANA_INCLUDE}/boost/hana/map.hpp")
        string(CONCAT pliny_hana_problem
            "Boost.Hana, which pliny::core needs, was not found: PLINY_HANA_INCLUDE='${PLINY_HANA_INCLUDE}' has no"
            " boost/hana/map.hpp. On Debian and Ubuntu: apt-get install libboost-dev. A project that has Boost::headers as a"
            " target makes it before pliny")
        list(APPEND pliny_problems "${pliny_hana_problem}")
        return()
    endif()
endif()

add_library(pliny::hana INTERFACE IMPORTED GLOBAL)
if(pliny_hana_target)
    target_link_libraries(pliny::hana INTERFACE ${pliny_hana_target})
else()
    target_include_directories(pliny::hana INTERFACE ${PLINY_HANA_INCLUDE})
endif()
