import { exploreType } from './scenarios/explore-type.js';

exploreType('SPSC');
exploreType('SPMC');
